-- Write what shoppers see as "my purchases" from the purchases as they stand now.
-- Locks: the read table's rows, in key order.
INSERT INTO orders_shopperpurchase (lane, shopper_id, purchase_id, state, currency, total_minor, placed_at)
SELECT ((p.shopper_id >> 12) & 1023)::smallint, p.shopper_id, p.id, p.state, p.currency, p.total_minor, p.placed_at
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_purchase AS p ON p.lane = w.lane AND p.id = w.id
ORDER BY 1, 2, 3
ON CONFLICT (lane, shopper_id, purchase_id)
DO UPDATE SET state = excluded.state, total_minor = excluded.total_minor
