-- Sum the refunds of a span by day, by reason, by market, by merchant, and all of them, each by currency.
-- Locks: nothing. One pass over the refunds.
SELECT CASE grouping(r.day, r.reason, r.market, r.slug)
           WHEN 7 THEN 'day' WHEN 11 THEN 'reason' WHEN 13 THEN 'market' WHEN 14 THEN 'merchant' ELSE 'all' END,
       COALESCE(r.day::text, r.reason::text, r.market, r.slug, ''), r.currency,
       count(*)::bigint, sum(r.units)::bigint, sum(r.tax_minor)::bigint, sum(r.paid_minor)::bigint
FROM (
    SELECT (r.at AT TIME ZONE 'UTC')::date AS day, r.reason, o.market, COALESCE(m.slug, o.merchant_id::text) AS slug,
           o.currency, r.units, r.tax_minor, r.paid_minor
    FROM orders_refund AS r
    JOIN orders_order AS o ON o.lane = r.lane AND o.id = r.order_id
    LEFT JOIN merchants_merchant AS m ON m.id = o.merchant_id
    WHERE r.at >= %(from_at)s AND r.at < %(to_at)s
      AND (%(reason)s::smallint IS NULL OR r.reason = %(reason)s)
      AND (%(market)s = '' OR o.market = %(market)s)
      AND (%(merchant)s = '' OR m.slug = %(merchant)s)
) AS r
GROUP BY GROUPING SETS (
    (r.day, r.currency), (r.reason, r.currency), (r.market, r.currency), (r.slug, r.currency), (r.currency)
)
ORDER BY 1, 2, 3
