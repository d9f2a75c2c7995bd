-- Take away the deposits that are settled.
-- Locks: the rows of these orders, in the order of their keys; the turn keeps others away.
DELETE FROM settlement_depositdue AS d
USING unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
WHERE d.lane = w.lane AND d.order_id = w.id
