-- Read purchases by id downwards, lane by lane, and how far back that looked.
-- Locks: nothing. A lane reads no more than `scanned_max` rows, so a state that hardly any has costs no more than one
-- that all have; `floor_id` is where the lane that has most left stopped, and below it nothing is complete.
WITH scanned AS MATERIALIZED (
    SELECT one.*
    FROM generate_series(0, 63) AS l (lane)
    CROSS JOIN LATERAL (
        SELECT p.lane, p.id, p.random_bits, p.shopper_id, p.market, p.currency, p.total_minor, p.order_ids, p.state, p.placed_at
        FROM orders_purchase AS p
        WHERE p.lane = l.lane::smallint AND p.id < %(before_id)s AND p.id >= %(from_id)s
        ORDER BY p.id DESC
        LIMIT %(scanned_max)s
    ) AS one
), stopped AS (
    SELECT max(lowest) AS floor_id
    FROM (SELECT min(id) AS lowest FROM scanned GROUP BY lane HAVING count(*) = %(scanned_max)s) AS ends
)
SELECT s.id, s.random_bits, s.shopper_id, s.market, s.currency, s.total_minor, cardinality(s.order_ids), s.state,
       s.placed_at, s.id, f.floor_id
FROM stopped AS f
LEFT JOIN scanned AS s
    ON (f.floor_id IS NULL OR s.id >= f.floor_id) AND (%(state)s::smallint IS NULL OR s.state = %(state)s)
ORDER BY s.id DESC
LIMIT %(rows_max)s
