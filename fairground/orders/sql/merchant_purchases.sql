-- Read purchases that have an order of a merchant, by the orders' ids downwards, and how far back that looked.
-- Locks: nothing. It looks at `scanned_max` orders of the merchant's lane, which others share.
WITH scanned AS MATERIALIZED (
    SELECT o.id, o.merchant_id, o.purchase_lane, o.purchase_id
    FROM orders_order AS o
    WHERE o.lane = %(lane)s::smallint AND o.id < %(before_id)s AND o.id >= %(from_id)s
    ORDER BY o.id DESC
    LIMIT %(scanned_max)s
), stopped AS (
    SELECT min(id) AS floor_id FROM scanned HAVING count(*) = %(scanned_max)s
)
SELECT s.id, s.random_bits, s.shopper_id, s.market, s.currency, s.total_minor, cardinality(s.order_ids), s.state,
       s.placed_at, s.order_id, f.floor_id
FROM (SELECT (SELECT floor_id FROM stopped) AS floor_id) AS f
LEFT JOIN LATERAL (
    SELECT p.*, o.id AS order_id
    FROM scanned AS o
    JOIN orders_purchase AS p ON p.lane = o.purchase_lane AND p.id = o.purchase_id
    WHERE o.merchant_id = %(merchant_id)s AND (%(state)s::smallint IS NULL OR p.state = %(state)s)
) AS s ON true
ORDER BY s.order_id DESC
LIMIT %(rows_max)s
