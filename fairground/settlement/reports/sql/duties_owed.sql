-- Sum what customs asked of orders, and what of it went back, by month, market, from where to where, and heading.
-- Locks: nothing. Months are the market's own; a duty counts when its order was paid, and what goes back when it does:
-- line -n of refunds is duty n, and always whole. One pass over orders that were asked something, and over refunds.
WITH spans AS (
    SELECT code AS market, time_zone, %(from_date)s::date::timestamp AT TIME ZONE time_zone AS from_at,
           %(to_date)s::date::timestamp AT TIME ZONE time_zone AS to_at
    FROM markets_market
    WHERE %(market)s = '' OR code = %(market)s
), moved AS (
    SELECT o.lane, o.id, 0 AS duty_no, o.paid_at AT TIME ZONE s.time_zone AS at, o.market, o.currency, o.buyer_country
    FROM orders_order AS o
    JOIN spans AS s ON s.market = o.market
    WHERE o.duties_minor > 0 AND o.paid_at >= s.from_at AND o.paid_at < s.to_at
    UNION ALL
    SELECT o.lane, o.id, -r.line_no, r.at AT TIME ZONE s.time_zone, o.market, o.currency, o.buyer_country
    FROM orders_refund AS r
    JOIN orders_order AS o ON o.lane = r.lane AND o.id = r.order_id
    JOIN spans AS s ON s.market = o.market
    WHERE r.line_no < 0 AND r.at >= s.from_at AND r.at < s.to_at
)
SELECT to_char(m.at, 'YYYY-MM'), m.market, m.currency, m.buyer_country, d.country, d.heading,
       count(*) FILTER (WHERE m.duty_no = 0), COALESCE(sum(d.value_minor) FILTER (WHERE m.duty_no = 0), 0)::bigint,
       COALESCE(sum(d.duty_minor) FILTER (WHERE m.duty_no = 0), 0)::bigint,
       COALESCE(sum(d.tax_minor) FILTER (WHERE m.duty_no = 0), 0)::bigint,
       count(*) FILTER (WHERE m.duty_no > 0), COALESCE(sum(d.value_minor) FILTER (WHERE m.duty_no > 0), 0)::bigint,
       COALESCE(sum(d.duty_minor) FILTER (WHERE m.duty_no > 0), 0)::bigint,
       COALESCE(sum(d.tax_minor) FILTER (WHERE m.duty_no > 0), 0)::bigint
FROM moved AS m
JOIN orders_orderduty AS d ON d.lane = m.lane AND d.order_id = m.id AND m.duty_no IN (0, d.duty_no)
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 2, 3, 1, 4, 5, 6
