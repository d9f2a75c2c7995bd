-- Compare the states of purchases and their orders, and the moments that each state needs.
-- Locks: nothing. States: 1 placed, 2 paid, 3 shipped, 4 delivered, 5 completed, 6 expired, 7 cancelled, 8 deposited.
-- Two processes' clocks may be 50 ms off each, so a moment may seem to come that much before the one it follows.
WITH stages AS (
    SELECT 'purchase' AS what, id, state, placed_at, paid_at, ended_at, state AS of_state, placed_at AS of_placed_at,
           paid_at AS of_paid_at, NULL::timestamptz AS shipped_at, NULL::timestamptz AS delivered_at
    FROM orders_purchase
    UNION ALL
    SELECT 'order', o.id, o.state, o.placed_at, o.paid_at, o.ended_at, p.state, p.placed_at, p.paid_at, o.shipped_at,
           o.delivered_at
    FROM orders_order AS o
    JOIN orders_purchase AS p ON p.lane = o.purchase_lane AND p.id = o.purchase_id
), faults AS (
    SELECT format('%s %s in state %s of a purchase in state %s: placed %s, paid %s, ended %s', what, id, state,
                  of_state, placed_at, paid_at, ended_at) AS what
    FROM stages
    WHERE (placed_at, paid_at) IS DISTINCT FROM (of_placed_at, of_paid_at)
       OR CASE of_state WHEN 1 THEN state <> 1 WHEN 8 THEN state <> 8 WHEN 6 THEN state <> 6 WHEN 7 THEN state <> 7
                        ELSE state NOT IN (2, 3, 4, 5, 7) END
       OR CASE WHEN state IN (1, 8) THEN paid_at IS NOT NULL OR ended_at IS NOT NULL
               WHEN state = 5 THEN paid_at IS NULL OR ended_at IS NULL
               WHEN state = 6 THEN paid_at IS NOT NULL OR ended_at IS NULL
               WHEN state = 7 THEN ended_at IS NULL
               ELSE paid_at IS NULL OR ended_at IS NOT NULL END
       OR what = 'order' AND (state IN (3, 4, 5) AND shipped_at IS NULL OR state IN (4, 5) AND delivered_at IS NULL)
       OR LEAST(paid_at, ended_at) < placed_at - interval '100 ms' OR ended_at < paid_at - interval '100 ms'
)
SELECT (SELECT count(*) FROM orders_order) + (SELECT count(*) FROM orders_purchase), (SELECT count(*) FROM faults),
       (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
