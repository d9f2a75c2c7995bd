-- Read what purchases were given, a row a line, a source and a funder.
-- Locks: nothing; the turn keeps other batches out.
SELECT w.id, d.source, d.amount_minor
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_purchase AS p ON p.lane = w.lane AND p.id = w.id
CROSS JOIN LATERAL unnest(p.order_ids) AS x (order_id)
JOIN orders_linediscount AS d ON d.lane = ((x.order_id >> 12) & 1023)::smallint AND d.order_id = x.order_id
