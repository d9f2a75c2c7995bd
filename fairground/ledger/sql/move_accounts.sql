-- Add what a batch moved to the sums of its accounts; one that does not exist or is of another currency is not counted.
-- Locks: the account rows, given in (lane, id) order, until commit; the writers' turn already keeps other batches away.
UPDATE ledger_account AS a
SET debits_posted_minor = a.debits_posted_minor + moved.debits,
    credits_posted_minor = a.credits_posted_minor + moved.credits,
    debits_pending_minor = a.debits_pending_minor + moved.debits_pending,
    credits_pending_minor = a.credits_pending_minor + moved.credits_pending
FROM unnest(
    %(lanes)s::smallint[], %(ids)s::bigint[], %(currencies)s::varchar[],
    %(debits)s::bigint[], %(credits)s::bigint[], %(debits_pending)s::bigint[], %(credits_pending)s::bigint[]
) AS moved (lane, id, currency, debits, credits, debits_pending, credits_pending)
WHERE a.lane = moved.lane AND a.id = moved.id AND a.currency = moved.currency
