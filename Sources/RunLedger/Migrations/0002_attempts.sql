-- The history: one row for each lease under which a point was tried, with any result.
CREATE TABLE IF NOT EXISTS attempts (
    exploration_id INT UNSIGNED NOT NULL,
    hash BINARY(32) NOT NULL COMMENT 'of the point',
    token BIGINT UNSIGNED NOT NULL COMMENT 'the fencing token of the lease',
    attempt INT UNSIGNED NOT NULL COMMENT '1 plus the failures before it',
    state ENUM('running', 'error', 'completed') NOT NULL,
    worker VARCHAR(255) NOT NULL,
    host VARCHAR(255) NOT NULL,
    model VARCHAR(255) NOT NULL,
    model_version VARCHAR(255) NOT NULL,
    started_at DATETIME(6) NOT NULL COMMENT 'UTC',
    ended_at DATETIME(6) NULL COMMENT 'UTC',
    kind VARCHAR(64) NULL COMMENT 'of a failure: timeout, signal, exit',
    message TEXT NULL,
    log_tail MEDIUMTEXT NULL COMMENT 'the end of the log of a failure',
    exit_status VARCHAR(255) NULL,
    peak_memory BIGINT NULL COMMENT 'bytes',
    artifact VARCHAR(2048) NULL COMMENT 'where the files that it left are kept',
    PRIMARY KEY (exploration_id, hash, token),
    CONSTRAINT attempts_of_exploration FOREIGN KEY (exploration_id) REFERENCES explorations (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
