-- Erase the addresses of these shoppers' orders that are over, and note those that are not for when they end.
-- Locks: the address rows that go; no order.
WITH theirs AS (
    SELECT o.lane, o.id, o.ended_at IS NOT NULL AS over
    FROM unnest(%(lanes)s::smallint[], %(shoppers)s::bigint[]) AS w (lane, shopper_id)
    JOIN orders_shopperpurchase AS s ON s.lane = w.lane AND s.shopper_id = w.shopper_id
    JOIN orders_purchase AS p ON p.lane = ((s.purchase_id >> 12) & 1023)::smallint AND p.id = s.purchase_id
    CROSS JOIN LATERAL unnest(p.order_ids) AS of_purchase (order_id)
    JOIN orders_order AS o ON o.lane = ((of_purchase.order_id >> 12) & 1023)::smallint AND o.id = of_purchase.order_id
), noted AS (
    INSERT INTO orders_erasure (lane, order_id)
    SELECT t.lane, t.id FROM theirs AS t WHERE NOT t.over
    ORDER BY t.lane, t.id
    ON CONFLICT DO NOTHING
)
DELETE FROM orders_orderaddress AS a
USING theirs AS t
WHERE t.over AND a.lane = t.lane AND a.order_id = t.id
