-- The limits of an exploration, set by its latest start. Without a row, or with NULL, there is no limit.
CREATE TABLE IF NOT EXISTS ledger_budgets (
    exploration_id INT UNSIGNED NOT NULL,
    ends_at DATETIME(6) NULL COMMENT 'UTC; no run begins after it',
    core_seconds DOUBLE NULL COMMENT 'in all attempts together, from the first one on',
    until_resolved BOOLEAN NOT NULL COMMENT 'whether the inside of the region is left out',
    PRIMARY KEY (exploration_id),
    CONSTRAINT budget_of_exploration FOREIGN KEY (exploration_id) REFERENCES explorations (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
