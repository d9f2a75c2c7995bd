-- Sum what was sold and what went back by market, region and rate of tax, as lines and refunds froze it.
-- Locks: nothing. Days are the market's own; one pass over orders, lines of those paid then, and refunds of then. Line 0
-- is the shipping, taxed as the first line is: all lines of an order have the rate of where it goes. Duties,
-- below 0, and the tax on them stand for themselves.
WITH spans AS (
    SELECT code AS market, %(from_date)s::date::timestamp AT TIME ZONE time_zone AS from_at,
           %(to_date)s::date::timestamp AT TIME ZONE time_zone AS to_at
    FROM markets_market
    WHERE %(market)s = '' OR code = %(market)s
), paid AS MATERIALIZED (
    SELECT o.lane, o.id, o.market, o.currency, o.shipping_minor, o.shipping_tax_minor, o.duties_minor
    FROM orders_order AS o
    JOIN spans AS s ON s.market = o.market
    WHERE o.paid_at >= s.from_at AND o.paid_at < s.to_at
), funded AS (
    SELECT d.lane, d.order_id, d.line_no, sum(d.amount_minor) AS amount_minor
    FROM paid AS p
    JOIN orders_linediscount AS d ON d.lane = p.lane AND d.order_id = p.id
    WHERE d.funder = 'platform'
    GROUP BY d.lane, d.order_id, d.line_no
), moved AS (
    SELECT p.market, p.currency, l.tax_region, l.tax_rate_bps, l.tax_included,
           l.goods_minor - l.discount_minor - CASE WHEN l.tax_included THEN l.tax_minor ELSE 0 END AS net_minor,
           l.tax_minor, COALESCE(f.amount_minor, 0) AS funded_minor, 0 AS net_back_minor, 0 AS tax_back_minor,
           0 AS funded_back_minor, 0 AS duty_minor, 0 AS duty_tax_minor, 0 AS duty_back_minor, 0 AS duty_tax_back_minor
    FROM paid AS p
    JOIN orders_orderline AS l ON l.lane = p.lane AND l.order_id = p.id
    LEFT JOIN funded AS f ON f.lane = l.lane AND f.order_id = l.order_id AND f.line_no = l.line_no
    UNION ALL
    SELECT o.market, o.currency, l.tax_region, l.tax_rate_bps, l.tax_included, 0, 0, 0,
           r.paid_minor - r.tax_minor, r.tax_minor, COALESCE((
               SELECT sum(e.amount_minor) FROM orders_refunddiscount AS e
               WHERE e.lane = r.lane AND e.order_id = r.order_id AND e.line_no = r.line_no
                 AND e.refund_no = r.refund_no AND e.funder = 'platform'
           ), 0), 0, 0, 0, 0
    FROM orders_refund AS r
    JOIN orders_order AS o ON o.lane = r.lane AND o.id = r.order_id
    JOIN spans AS s ON s.market = o.market AND r.at >= s.from_at AND r.at < s.to_at
    JOIN orders_orderline AS l ON l.lane = r.lane AND l.order_id = r.order_id AND l.line_no = GREATEST(r.line_no, 1)
    WHERE r.line_no >= 0
    UNION ALL
    SELECT p.market, p.currency, l.tax_region, l.tax_rate_bps, l.tax_included,
           p.shipping_minor - CASE WHEN l.tax_included THEN p.shipping_tax_minor ELSE 0 END, p.shipping_tax_minor,
           COALESCE(f.amount_minor, 0), 0, 0, 0, 0, 0, 0, 0
    FROM paid AS p
    JOIN orders_orderline AS l ON l.lane = p.lane AND l.order_id = p.id AND l.line_no = 1
    LEFT JOIN funded AS f ON f.lane = p.lane AND f.order_id = p.id AND f.line_no = 0
    WHERE p.shipping_minor <> 0 OR f.amount_minor IS NOT NULL
    UNION ALL
    SELECT p.market, p.currency, l.tax_region, l.tax_rate_bps, l.tax_included, 0, 0, 0, 0, 0, 0, d.duty_minor,
           d.tax_minor, 0, 0
    FROM paid AS p
    JOIN orders_orderduty AS d ON d.lane = p.lane AND d.order_id = p.id
    JOIN orders_orderline AS l ON l.lane = p.lane AND l.order_id = p.id AND l.line_no = 1
    WHERE p.duties_minor > 0
    UNION ALL
    SELECT o.market, o.currency, l.tax_region, l.tax_rate_bps, l.tax_included, 0, 0, 0, 0, 0, 0, 0, 0, r.goods_minor,
           r.tax_minor
    FROM orders_refund AS r
    JOIN orders_order AS o ON o.lane = r.lane AND o.id = r.order_id
    JOIN spans AS s ON s.market = o.market AND r.at >= s.from_at AND r.at < s.to_at
    JOIN orders_orderline AS l ON l.lane = r.lane AND l.order_id = r.order_id AND l.line_no = 1
    WHERE r.line_no < 0
)
SELECT market, currency, tax_region, tax_rate_bps, tax_included, sum(net_minor)::bigint, sum(tax_minor)::bigint,
       sum(funded_minor)::bigint, sum(net_back_minor)::bigint, sum(tax_back_minor)::bigint,
       sum(funded_back_minor)::bigint, sum(duty_minor)::bigint, sum(duty_tax_minor)::bigint,
       sum(duty_back_minor)::bigint, sum(duty_tax_back_minor)::bigint
FROM moved
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
