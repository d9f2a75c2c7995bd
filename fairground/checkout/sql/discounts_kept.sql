-- Read what purchases were given by these sources and did not give back: a row a purchase and source.
-- Locks: nothing; the turn keeps other batches out.
SELECT w.id, w.source, (sum(d.amount_minor) - COALESCE(sum(r.amount_minor), 0))::bigint
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(sources)s::varchar[]) AS w (lane, id, source)
JOIN orders_purchase AS p ON p.lane = w.lane AND p.id = w.id
CROSS JOIN LATERAL unnest(p.order_ids) AS x (order_id)
JOIN orders_linediscount AS d ON d.lane = ((x.order_id >> 12) & 1023)::smallint AND d.order_id = x.order_id
     AND d.source = w.source
CROSS JOIN LATERAL (
    SELECT sum(i.amount_minor) AS amount_minor
    FROM orders_refunddiscount AS i
    WHERE i.lane = d.lane AND i.order_id = d.order_id AND i.line_no = d.line_no AND i.step = d.step
      AND i.source = d.source AND i.funder = d.funder
) AS r
GROUP BY w.id, w.source
