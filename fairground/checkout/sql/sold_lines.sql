-- Read the lines of orders with their discounts, the sums of what went back of each, and what cases hold: a row a line.
-- Locks: nothing; the turn keeps other batches out. Discounts come as JSON, always in the same order.
SELECT l.order_id, l.line_no, l.sku_id, l.stock_id, l.deal_id, l.quantity, l.unit_price_minor, l.tax_minor,
       l.tax_included, d.discounts, r.refunds, r.units, r.ahead_minor, r.tax_minor, h.units, COALESCE(t.duty_no, 0)
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_orderline AS l ON l.lane = w.lane AND l.order_id = w.id
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_array(i.step, i.source, i.funder, i.amount_minor)
                              ORDER BY i.step, i.source, i.funder), '[]') AS discounts
    FROM orders_linediscount AS i
    WHERE i.lane = l.lane AND i.order_id = l.order_id AND i.line_no = l.line_no
) AS d
CROSS JOIN LATERAL (
    SELECT count(*) AS refunds, COALESCE(sum(i.units), 0)::int AS units,
           -COALESCE(sum(i.ahead_minor), 0)::bigint AS ahead_minor, COALESCE(sum(i.tax_minor), 0)::bigint AS tax_minor
    FROM orders_refund AS i
    WHERE i.lane = l.lane AND i.order_id = l.order_id AND i.line_no = l.line_no
) AS r
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.units), 0)::int AS units
    FROM orders_unitsheld AS i
    WHERE i.lane = l.lane AND i.order_id = l.order_id AND i.line_no = l.line_no
) AS h
LEFT JOIN orders_orderduty AS t ON t.lane = l.lane AND t.order_id = l.order_id AND t.place_id = l.place_id
     AND t.heading = left(l.hs_code, 6)
ORDER BY l.lane, l.order_id, l.line_no
