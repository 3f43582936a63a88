-- The definition of each view, so that a view is recreated only after a change.
CREATE TABLE IF NOT EXISTS ledger_views (
    name VARCHAR(64) NOT NULL,
    definition MEDIUMTEXT NOT NULL COMMENT 'what the view was made of',
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
