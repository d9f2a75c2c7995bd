-- Read what purchases cost less what went back of them or draws paid, what draws paid, and whether an order may end.
-- Locks: nothing. States of an order: 2 paid, which may still be cancelled; 7 cancelled, which stays so. Kinds: of a
-- prize 2 exemption, of an entry 1 purchase.
SELECT p.id, COALESCE(sum(o.total_minor - b.paid_minor) FILTER (WHERE o.state <> 7), 0) - COALESCE(max(a.minor), 0),
       COALESCE(max(a.minor), 0), bool_or(o.state = 2)
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_purchase AS p ON p.lane = w.lane AND p.id = w.id
CROSS JOIN LATERAL unnest(p.order_ids) AS x (order_id)
JOIN orders_order AS o ON o.lane = ((x.order_id >> 12) & 1023)::smallint AND o.id = x.order_id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(r.paid_minor), 0) AS paid_minor
    FROM orders_refund AS r
    WHERE r.lane = o.lane AND r.order_id = o.id
) AS b
LEFT JOIN (
    SELECT n.ref, sum(g.amount_minor) AS minor
    FROM draws_winner AS n
    JOIN draws_prize AS z ON z.id = n.prize_id AND z.kind = 2
    JOIN draws_award AS g ON g.draw_id = n.draw_id AND g.place = n.place
    WHERE n.kind = 1 AND n.ref = ANY(%(ids)s::bigint[])
    GROUP BY n.ref
) AS a ON a.ref = p.id
GROUP BY p.id
