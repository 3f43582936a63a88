-- What each view was made of, so that one is made anew only when that has changed.
CREATE TABLE IF NOT EXISTS ledger_views (
    name VARCHAR(64) NOT NULL,
    definition MEDIUMTEXT NOT NULL COMMENT 'what the view was made of',
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
