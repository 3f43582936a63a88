-- How sharp an edge is to get before an exploration ends, in place of a mere yes or no. A budget is set anew with every
-- start, so nothing is carried over.
ALTER TABLE ledger_budgets ADD COLUMN tolerance INT UNSIGNED NULL
    COMMENT 'in steps of the strategy; the inside of the region is left out; NULL: no limit' AFTER core_seconds;
ALTER TABLE ledger_budgets DROP COLUMN until_resolved;
