-- Read the accounts with these addresses; those that do not exist are left out.
-- Locks: nothing; inside a batch the writers' turn keeps the rows as they are.
SELECT a.id, a.lane, a.address, a.kind, a.currency,
       a.debits_posted_minor, a.credits_posted_minor, a.debits_pending_minor, a.credits_pending_minor
FROM unnest(%(lanes)s::smallint[], %(addresses)s::varchar[]) AS wanted (lane, address)
JOIN ledger_account AS a ON a.lane = wanted.lane AND a.address = wanted.address
