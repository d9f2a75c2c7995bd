-- Compare each stock row with the lines that hold its units: reserved by orders not paid in full, sold by paid ones.
-- Locks: nothing. The difference is the units sold beyond those there were. Units refunded before they were shipped,
-- and those that came back as new, are on the shelf again; what replaces others is reserved, then sold beside its line,
-- also where it was lost.
WITH restocked AS (
    SELECT lane, order_id, line_no, sum(units) AS units
    FROM orders_refund
    WHERE restocked
    GROUP BY lane, order_id, line_no
), held AS (
    SELECT l.lane, l.stock_id,
           COALESCE(sum(l.quantity) FILTER (WHERE o.state IN (1, 8)), 0) AS reserved,
           COALESCE(sum(l.quantity - COALESCE(r.units, 0)) FILTER (WHERE o.state IN (2, 3, 4, 5)), 0) AS sold
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    LEFT JOIN restocked AS r ON r.lane = l.lane AND r.order_id = l.order_id AND r.line_no = l.line_no
    GROUP BY l.lane, l.stock_id
    UNION ALL
    SELECT ((swap_stock_id >> 12) & 1023)::smallint, swap_stock_id, swap_reserved, swap_given + swap_lost
    FROM aftersales_caseline
    WHERE swap_stock_id IS NOT NULL
    UNION ALL
    SELECT l.lane, l.stock_id, 0, -c.swap_restocked
    FROM aftersales_caseline AS c
    JOIN aftersales_case AS k ON k.id = c.case_id
    JOIN orders_orderline AS l
         ON l.lane = ((k.order_id >> 12) & 1023)::smallint AND l.order_id = k.order_id AND l.line_no = c.line_no
    WHERE c.swap_restocked > 0
), summed AS (
    SELECT lane, stock_id, sum(reserved) AS reserved, sum(sold) AS sold
    FROM held
    GROUP BY lane, stock_id
), compared AS (
    SELECT s.id, s.units, s.reserved, s.sold, COALESCE(h.reserved, 0) AS lines_reserved,
           COALESCE(h.sold, 0) AS lines_sold
    FROM inventory_stock AS s
    LEFT JOIN summed AS h ON h.lane = s.lane AND h.stock_id = s.id
), faults AS (
    SELECT format('stock %s of %s units: %s reserved and %s sold, its lines hold %s and %s', id, units, reserved, sold,
                  lines_reserved, lines_sold) AS what,
           GREATEST(reserved + sold - units, lines_reserved + lines_sold - units, 0) AS oversold
    FROM compared
    WHERE (reserved, sold) <> (lines_reserved, lines_sold) OR reserved + sold > units
)
SELECT (SELECT count(*) FROM inventory_stock), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(oversold), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY oversold DESC LIMIT 5)
