-- Compare the units that each deal's lines hold with the units it was declared with.
-- Locks: nothing.
WITH restocked AS (
    SELECT lane, order_id, line_no, sum(units) AS units
    FROM orders_refund
    WHERE restocked
    GROUP BY lane, order_id, line_no
), held AS (
    SELECT l.deal_id, sum(l.quantity - COALESCE(r.units, 0)) AS units
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    LEFT JOIN restocked AS r ON r.lane = l.lane AND r.order_id = l.order_id AND r.line_no = l.line_no
    WHERE l.deal_id IS NOT NULL AND o.state IN (1, 2, 3, 4, 5, 8)
    GROUP BY l.deal_id
), faults AS (
    SELECT format('deal %s of %s units: its lines hold %s', d.id, d.units, h.units) AS what, h.units - d.units AS beyond
    FROM festivals_deal AS d
    JOIN held AS h ON h.deal_id = d.id
    WHERE h.units > d.units
)
SELECT (SELECT count(*) FROM festivals_deal), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(beyond), 0) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
