-- Take presales from placed to deposited; their reservation lasts until the window of the balance closes.
-- Locks: the purchase rows; the turn keeps other batches out, so their order does not matter.
UPDATE orders_purchase AS p
SET state = 8, deposited_at = %(at)s, pay_before = p.balance_closes_at
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
WHERE p.lane = w.lane AND p.id = w.id AND p.state = 1 AND p.deposit_minor > 0
