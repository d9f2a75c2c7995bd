-- Add up each line: goods are quantity times unit price, the discount is the sum of its steps.
-- Locks: nothing.
WITH discounts AS (
    SELECT lane, order_id, line_no, sum(amount_minor) AS amount_minor
    FROM orders_linediscount
    GROUP BY lane, order_id, line_no
), faults AS (
    SELECT format('line %s of order %s: %s times %s is said to be %s, discounts of %s to be %s', l.line_no, l.order_id,
                  l.quantity, l.unit_price_minor, l.goods_minor, COALESCE(d.amount_minor, 0), l.discount_minor) AS what,
           abs(l.goods_minor - l.quantity * l.unit_price_minor)
               + abs(l.discount_minor - COALESCE(d.amount_minor, 0)) AS off
    FROM orders_orderline AS l
    LEFT JOIN discounts AS d ON d.lane = l.lane AND d.order_id = l.order_id AND d.line_no = l.line_no
    WHERE l.goods_minor <> l.quantity * l.unit_price_minor OR l.discount_minor <> COALESCE(d.amount_minor, 0)
       OR l.quantity < 1 OR l.discount_minor > l.goods_minor OR l.tax_minor < 0
)
SELECT (SELECT count(*) FROM orders_orderline), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
