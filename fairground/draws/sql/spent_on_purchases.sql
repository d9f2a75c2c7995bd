-- Read what purchases cost less what went back of them, and whether an order may still be cancelled.
-- Locks: nothing. States of an order: 2 paid, which may still be cancelled; 7 cancelled, which stays so.
SELECT p.id, COALESCE(sum(o.total_minor - b.paid_minor) FILTER (WHERE o.state <> 7), 0), bool_or(o.state = 2)
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_purchase AS p ON p.lane = w.lane AND p.id = w.id
CROSS JOIN LATERAL unnest(p.order_ids) AS x (order_id)
JOIN orders_order AS o ON o.lane = ((x.order_id >> 12) & 1023)::smallint AND o.id = x.order_id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(r.paid_minor), 0) AS paid_minor
    FROM orders_refund AS r
    WHERE r.lane = o.lane AND r.order_id = o.id
) AS b
GROUP BY p.id
