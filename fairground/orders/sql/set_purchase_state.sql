-- Take purchases from one state to another, with the moment that goes with it.
-- Locks: the purchase rows; the turn keeps other batches out, so their order does not matter.
UPDATE orders_purchase AS p
SET state = %(then)s, paid_at = COALESCE(%(paid_at)s, p.paid_at), ended_at = %(ended_at)s
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
WHERE p.lane = w.lane AND p.id = w.id AND p.state = %(now)s
