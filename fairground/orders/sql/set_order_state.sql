-- Take orders from one state to another, with the moment that goes with it.
-- Locks: the order rows; the turn keeps other batches out, so their order does not matter.
UPDATE orders_order AS o
SET state = %(then)s, paid_at = COALESCE(%(paid_at)s, o.paid_at), shipped_at = COALESCE(%(shipped_at)s, o.shipped_at),
    delivered_at = COALESCE(%(delivered_at)s, o.delivered_at), ended_at = %(ended_at)s
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
WHERE o.lane = w.lane AND o.id = w.id AND o.state = %(now)s
