-- Every definition that an exploration was registered with, to explain the digests of attempts.
CREATE TABLE IF NOT EXISTS ledger_definitions (
    exploration_id INT UNSIGNED NOT NULL,
    version INT UNSIGNED NOT NULL COMMENT 'from 1',
    digest VARCHAR(128) NOT NULL COMMENT 'of the definition; attempts name it',
    definition MEDIUMTEXT NOT NULL,
    registered_at DATETIME(6) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (exploration_id, version),
    CONSTRAINT definitions_of_exploration FOREIGN KEY (exploration_id) REFERENCES explorations (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT IGNORE INTO ledger_definitions (exploration_id, version, digest, definition, registered_at)
SELECT id, 1, digest, definition, updated_at FROM explorations;
