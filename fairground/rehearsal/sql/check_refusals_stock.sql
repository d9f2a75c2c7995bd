-- Judge "sold out": fewer were left than were asked for, and no fewer were said to be left than there can have been.
-- Locks: nothing. For each stock row that could have served it: its units, less all that was taken until the answer,
-- plus what had surely come back when the request was sent, is the least that can have been free. A sweep gives all
-- its batches one moment, hence a minute until what came back surely was; 100 ms for clocks that are apart.
WITH refused AS (
    SELECT r.line_no, a.line_no IS NOT NULL AS was_asked, (r.facts ->> 'asked')::bigint AS asked,
           (r.facts ->> 'left')::bigint AS said_left, r.sent_at, r.answered_at, s.id AS stock_id, s.units
    FROM verify_refusal AS r
    LEFT JOIN verify_asked AS a ON a.line_no = r.line_no AND a.sku_id::text = r.facts ->> 'sku_id'
         AND a.quantity::text = r.facts ->> 'asked'
    LEFT JOIN inventory_stock AS s ON s.lane = ((a.sku_id >> 12) & 1023)::smallint AND s.sku_id = a.sku_id
         AND s.deal_id IS NOT DISTINCT FROM a.deal_id
    WHERE r.judge = 'stock'
), held AS (
    SELECT l.stock_id, o.placed_at, l.quantity, CASE WHEN o.state IN (6, 7) THEN o.ended_at END AS back_at
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    WHERE l.stock_id IN (SELECT stock_id FROM refused)
), events AS (
    SELECT stock_id, placed_at AS at, quantity AS taken, 0 AS back, NULL::bigint AS line_no, 0 AS part FROM held
    UNION ALL SELECT stock_id, back_at, 0, quantity, NULL, 0 FROM held WHERE back_at IS NOT NULL
    UNION ALL SELECT stock_id, answered_at + interval '100 ms', 0, 0, line_no, 1 FROM refused
    UNION ALL SELECT stock_id, sent_at - interval '1 minute', 0, 0, line_no, 2 FROM refused
), run AS (
    SELECT stock_id, line_no, part, sum(taken) OVER until AS taken, sum(back) OVER until AS back
    FROM events
    WINDOW until AS (PARTITION BY stock_id ORDER BY at)
), moments AS (
    SELECT stock_id, line_no, max(taken) FILTER (WHERE part = 1) AS taken, max(back) FILTER (WHERE part = 2) AS back
    FROM run
    WHERE line_no IS NOT NULL
    GROUP BY stock_id, line_no
), judged AS (
    SELECT f.line_no, f.was_asked, f.asked, f.said_left, max(f.units - m.taken + m.back) AS least_free
    FROM refused AS f
    LEFT JOIN moments AS m ON m.stock_id = f.stock_id AND m.line_no = f.line_no
    GROUP BY f.line_no, f.was_asked, f.asked, f.said_left
), faults AS (
    SELECT format('line %s: sold out with %s left for %s, but at least %s were free', line_no, said_left, asked,
                  least_free) AS what
    FROM judged
    WHERE (was_asked AND said_left < asked AND said_left >= COALESCE(least_free, 0)) IS NOT TRUE
)
SELECT (SELECT count(*) FROM judged), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
