-- Read a purchase by the parts of its number, where it is one of these shoppers': a row an order.
-- Locks: nothing. The purchase's columns come first; lines come as JSON, each with its discounts and its duty, and so do
-- those of the shipping, line 0, and what customs asked.
SELECT p.id, p.random_bits, p.shopper_id, p.market, p.currency, p.total_minor, p.state, p.placed_at, p.pay_before,
       p.paid_at, p.ended_at, p.deposit_minor, p.deposit_mode, p.balance_opens_at, p.balance_closes_at, p.deposited_at,
       p.deposit_end, p.balance_minor,
       o.id, o.position, m.slug, m.name, o.merchant_country, o.language, o.state, o.goods_minor, o.discount_minor,
       o.shipping_minor, o.tax_added_minor, o.total_minor, o.shipped_at, o.delivered_at, o.ended_at, a.address, l.lines,
       r.refunds, o.shipping_tax_minor, h.discounts, u.duties
FROM orders_purchase AS p
CROSS JOIN LATERAL unnest(p.order_ids) AS x (order_id)
JOIN orders_order AS o ON o.lane = ((x.order_id >> 12) & 1023)::smallint AND o.id = x.order_id
JOIN merchants_merchant AS m ON m.id = o.merchant_id
LEFT JOIN orders_orderaddress AS a ON a.lane = o.lane AND a.order_id = o.id
CROSS JOIN LATERAL (
    SELECT jsonb_agg(
        jsonb_build_array(
            i.sku_id, s.product_id, g.brand_id, g.category_id, i.deal_id IS NOT NULL, i.title, i.quantity,
            i.unit_price_minor, i.goods_minor, i.discount_minor, i.tax_minor, i.tax_rate_bps, i.tax_included, d.discounts,
            COALESCE(t.duty_no, 0)
        ) ORDER BY i.line_no
    ) AS lines
    FROM orders_orderline AS i
    LEFT JOIN orders_orderduty AS t ON t.lane = i.lane AND t.order_id = i.order_id AND t.place_id = i.place_id
         AND t.heading = left(i.hs_code, 6)
    LEFT JOIN catalog_sku AS s ON s.id = i.sku_id
    LEFT JOIN catalog_product AS g ON g.id = s.product_id
    CROSS JOIN LATERAL (
        SELECT COALESCE(jsonb_agg(jsonb_build_array(t.step, t.amount_minor) ORDER BY t.step, t.source), '[]') AS discounts
        FROM (
            SELECT f.step, f.source, sum(f.amount_minor) AS amount_minor
            FROM orders_linediscount AS f
            WHERE f.lane = i.lane AND f.order_id = i.order_id AND f.line_no = i.line_no
            GROUP BY f.step, f.source
        ) AS t
    ) AS d
    WHERE i.lane = o.lane AND i.order_id = o.id
) AS l
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(
        jsonb_build_array(i.line_no, i.reason, i.units, i.tax_minor, i.paid_minor,
                          (extract(epoch FROM i.at) * 1000)::bigint) ORDER BY i.at, i.line_no < 0, abs(i.line_no), i.refund_no
    ), '[]') AS refunds
    FROM orders_refund AS i
    WHERE i.lane = o.lane AND i.order_id = o.id
) AS r
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_array(t.step, t.amount_minor) ORDER BY t.step, t.source), '[]') AS discounts
    FROM (
        SELECT f.step, f.source, sum(f.amount_minor) AS amount_minor
        FROM orders_linediscount AS f
        WHERE f.lane = o.lane AND f.order_id = o.id AND f.line_no = 0
        GROUP BY f.step, f.source
    ) AS t
) AS h
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(
        jsonb_build_array(i.duty_no, i.country, i.heading, i.value_minor, i.duty_minor, i.tax_minor) ORDER BY i.duty_no
    ), '[]') AS duties
    FROM orders_orderduty AS i
    WHERE i.lane = o.lane AND i.order_id = o.id
) AS u
WHERE p.lane = %(lane)s AND p.id >= %(first_id)s AND p.id < %(end_id)s AND p.random_bits = %(random_bits)s
  AND p.shopper_id = ANY(%(shopper_ids)s::bigint[])
ORDER BY o.position
