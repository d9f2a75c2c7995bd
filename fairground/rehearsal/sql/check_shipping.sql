-- Compare the shipping of each order with the discounts on it, its tax, and what of it went back.
-- Locks: nothing. Line 0 of discounts and refunds is the shipping, step 7 is what takes from it. Its tax is that of the
-- goods' rate, half up, on what was paid and on what the platform gave; it goes back whole, when the last units do.
WITH given AS (
    SELECT lane, order_id, sum(amount_minor) AS minor, bool_and(step = 7) AS is_shipping,
           COALESCE(sum(amount_minor) FILTER (WHERE funder = 'platform'), 0) AS funded_minor
    FROM orders_linediscount
    WHERE line_no = 0
    GROUP BY lane, order_id
), ended AS (
    SELECT d.lane, d.order_id, sum(d.amount_minor) AS minor
    FROM orders_refunddiscount AS d
    JOIN orders_linediscount AS i USING (lane, order_id, line_no, step, source, funder, amount_minor)
    WHERE d.line_no = 0
    GROUP BY d.lane, d.order_id
), units AS (
    SELECT l.lane, l.order_id, sum(l.quantity) - sum(COALESCE(r.units, 0)) AS kept, max(l.tax_rate_bps) AS rate_bps,
           count(DISTINCT l.tax_rate_bps) AS rates, bool_or(l.tax_included) AS tax_included
    FROM orders_orderline AS l
    LEFT JOIN (
        SELECT lane, order_id, line_no, sum(units) AS units FROM orders_refund GROUP BY lane, order_id, line_no
    ) AS r USING (lane, order_id, line_no)
    GROUP BY l.lane, l.order_id
), sent AS (
    SELECT o.lane, o.id, o.shipping_minor, o.shipping_tax_minor, COALESCE(g.minor, 0) AS given_minor,
           COALESCE(g.is_shipping, true) AS is_shipping, u.rates,
           CASE WHEN u.tax_included
                THEN floor((2 * (o.shipping_minor + COALESCE(g.funded_minor, 0)) * u.rate_bps + 10000 + u.rate_bps)
                           / (2 * (10000 + u.rate_bps)))
                ELSE floor((2 * (o.shipping_minor + COALESCE(g.funded_minor, 0)) * u.rate_bps + 10000) / 20000)
           END AS tax_minor,
           o.shipping_minor + CASE WHEN u.tax_included THEN 0 ELSE o.shipping_tax_minor END AS paid_minor,
           o.paid_at IS NOT NULL AND u.kept = 0 AS is_back
    FROM orders_order AS o
    JOIN units AS u ON u.lane = o.lane AND u.order_id = o.id
    LEFT JOIN given AS g ON g.lane = o.lane AND g.order_id = o.id
    WHERE o.shipping_minor <> 0 OR o.shipping_tax_minor <> 0 OR g.order_id IS NOT NULL
), faults AS (
    SELECT format('order %s: shipping of %s with %s of tax and %s given off, its tax should be %s', id, shipping_minor,
                  shipping_tax_minor, given_minor, tax_minor) AS what,
           abs(shipping_tax_minor - tax_minor) AS off
    FROM sent
    WHERE shipping_minor < 0 OR shipping_tax_minor <> tax_minor OR rates <> 1 OR NOT is_shipping
    UNION ALL
    SELECT format('order %s: shipping of %s was paid, %s of it went back, and should %s', s.id, s.paid_minor,
                  COALESCE(r.paid_minor, 0), CASE WHEN s.is_back THEN 'whole' ELSE 'not' END),
           abs(COALESCE(r.paid_minor, 0) - CASE WHEN s.is_back THEN s.paid_minor ELSE 0 END)
    FROM sent AS s
    LEFT JOIN orders_refund AS r ON r.lane = s.lane AND r.order_id = s.id AND r.line_no = 0
    LEFT JOIN ended AS e ON e.lane = s.lane AND e.order_id = s.id
    WHERE (r.order_id IS NOT NULL) <> s.is_back
       OR s.is_back AND (r.goods_minor, r.discount_minor, r.tax_minor, r.paid_minor, COALESCE(e.minor, 0))
              <> (s.shipping_minor + s.given_minor, s.given_minor, s.shipping_tax_minor, s.paid_minor, s.given_minor)
    UNION ALL
    SELECT format('order %s: %s of shipping went back, and none was charged', r.order_id, r.paid_minor), r.paid_minor
    FROM orders_refund AS r
    WHERE r.line_no = 0 AND NOT EXISTS (SELECT FROM sent AS s WHERE s.lane = r.lane AND s.id = r.order_id)
)
SELECT (SELECT count(*) FROM sent), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
