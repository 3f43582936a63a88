-- The state of an exploration's queues when they were last known to be complete. If the queues have another mark, they
-- have lost data since.
CREATE TABLE IF NOT EXISTS ledger_rings (
    exploration_id INT UNSIGNED NOT NULL,
    mark VARCHAR(255) NOT NULL,
    PRIMARY KEY (exploration_id),
    CONSTRAINT ring_of_exploration FOREIGN KEY (exploration_id) REFERENCES explorations (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
-- The limit on points, so that it can be restored after the queues have lost it, and the wall time as it was asked for, so
-- that the same budget can be set again without a new end.
ALTER TABLE ledger_budgets ADD COLUMN points BIGINT UNSIGNED NULL COMMENT 'in total';
ALTER TABLE ledger_budgets ADD COLUMN wall_seconds DOUBLE NULL COMMENT 'between the start and ends_at';
