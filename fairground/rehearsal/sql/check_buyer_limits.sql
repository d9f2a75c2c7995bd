-- Compare what each shopper has of each limited deal with the lines that hold it, and with the limit.
-- Locks: nothing. Units refunded before they were shipped are the buyer's no more.
WITH restocked AS (
    SELECT lane, order_id, line_no, sum(units) AS units
    FROM orders_refund
    WHERE restocked
    GROUP BY lane, order_id, line_no
), held AS (
    SELECT l.deal_id, o.shopper_id, sum(l.quantity - COALESCE(r.units, 0)) AS units
    FROM orders_orderline AS l
    JOIN festivals_deal AS d ON d.id = l.deal_id AND d.buyer_limit > 0
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    LEFT JOIN restocked AS r ON r.lane = l.lane AND r.order_id = l.order_id AND r.line_no = l.line_no
    WHERE o.state IN (1, 2, 3, 4, 5, 8)
    GROUP BY l.deal_id, o.shopper_id
), counted AS (
    SELECT b.deal_id, b.shopper_id, b.units, b.units_max
    FROM festivals_dealbuyer AS b
    JOIN festivals_deal AS d ON d.id = b.deal_id AND d.buyer_limit > 0
), compared AS (
    SELECT deal_id, shopper_id, COALESCE(h.units, 0) AS lines_units, COALESCE(c.units, 0) AS units, c.units_max
    FROM held AS h
    FULL JOIN counted AS c USING (deal_id, shopper_id)
), faults AS (
    SELECT format('shopper %s has %s of deal %s by its lines, %s by the count, at most %s', x.shopper_id, x.lines_units,
                  x.deal_id, x.units, d.buyer_limit) AS what,
           GREATEST(x.lines_units - d.buyer_limit, 0) AS beyond
    FROM compared AS x
    JOIN festivals_deal AS d ON d.id = x.deal_id
    WHERE x.lines_units <> x.units OR x.lines_units > d.buyer_limit OR x.units > x.units_max
)
SELECT (SELECT count(*) FROM compared), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(beyond), 0) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
