-- Take presales from deposited to paid, with what they cost in the end and what the balance took: the deposit counts.
-- Locks: the purchase rows; the turn keeps other batches out, so their order does not matter.
UPDATE orders_purchase AS p
SET state = 2, paid_at = %(at)s, deposit_end = 1, total_minor = w.total_minor, balance_minor = w.balance_minor
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(totals)s::bigint[], %(balances)s::bigint[])
     AS w (lane, id, total_minor, balance_minor)
WHERE p.lane = w.lane AND p.id = w.id AND p.state = 8
