-- Sum what is on its way from wallets back to payment providers, and neither arrived nor came to nothing.
-- Locks: nothing. One pass over the transfers that were pending.
SELECT t.currency, count(*)::bigint, sum(t.amount_minor)::bigint, min(t.at)
FROM ledger_transfer AS t
JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
WHERE t.pending AND c.address LIKE 'provider:%%:clearing:%%'
  AND NOT EXISTS (SELECT FROM ledger_transferend AS e WHERE e.lane = t.lane AND e.transfer_id = t.id)
GROUP BY t.currency
ORDER BY t.currency
