-- The registry: the explorations, and the columns of their tables of runs.
-- A statement ends with a semicolon at the end of a line. An interrupted migration runs again from its start, so every
-- statement must be repeatable.
CREATE TABLE IF NOT EXISTS explorations (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    name VARCHAR(64) NOT NULL COMMENT 'the name people use',
    table_name VARCHAR(64) NOT NULL COMMENT 'the table of its runs',
    digest VARCHAR(128) NOT NULL COMMENT 'of the definition',
    definition MEDIUMTEXT NOT NULL COMMENT 'the text that defines it, as registered last',
    created_at DATETIME(6) NOT NULL COMMENT 'UTC',
    updated_at DATETIME(6) NOT NULL COMMENT 'UTC, when the definition was registered last',
    PRIMARY KEY (id),
    UNIQUE KEY by_name (name),
    UNIQUE KEY by_table (table_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS exploration_columns (
    exploration_id INT UNSIGNED NOT NULL,
    role ENUM('parameter', 'output') NOT NULL,
    position SMALLINT UNSIGNED NOT NULL COMMENT 'the declared order, from 0',
    name VARCHAR(64) NOT NULL,
    unit VARCHAR(255) NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (exploration_id, role, position),
    CONSTRAINT columns_of_exploration FOREIGN KEY (exploration_id) REFERENCES explorations (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
