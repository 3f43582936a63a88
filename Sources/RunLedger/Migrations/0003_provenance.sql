-- The place, definition and software of an attempt. They are NULL in older rows.
ALTER TABLE attempts
    ADD COLUMN pod VARCHAR(255) NULL COMMENT 'the Kubernetes pod',
    ADD COLUMN node VARCHAR(255) NULL COMMENT 'of the cluster',
    ADD COLUMN exploration_digest VARCHAR(128) NULL COMMENT 'of the definition that the worker went by',
    ADD COLUMN software_version VARCHAR(255) NULL COMMENT 'of the worker',
    ALGORITHM = INSTANT;
