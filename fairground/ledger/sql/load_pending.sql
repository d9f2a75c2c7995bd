-- Read these transfers, those of them that were made pending; ended or not.
-- Locks: nothing; transfers never change.
SELECT t.debit_account_id, t.credit_account_id, t.amount_minor, t.currency, t.id
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS wanted (lane, id)
JOIN ledger_transfer AS t ON t.lane = wanted.lane AND t.id = wanted.id
WHERE t.pending
