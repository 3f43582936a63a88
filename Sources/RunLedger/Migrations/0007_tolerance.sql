-- The precision of an edge at which an exploration ends, instead of a Boolean. A budget is set at every start, so no
-- values need to be converted.
ALTER TABLE ledger_budgets ADD COLUMN tolerance INT UNSIGNED NULL
    COMMENT 'in steps of the strategy; the inside of the region is left out; NULL: no limit' AFTER core_seconds;
ALTER TABLE ledger_budgets DROP COLUMN until_resolved;
