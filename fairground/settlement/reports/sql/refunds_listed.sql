-- Read refunds of a span, the last first, by reason, market and merchant where these are asked for.
-- Locks: nothing. One pass over the refunds, which are few among lines. Line 0 is the shipping, line -n duty n: they
-- have no title.
SELECT r.order_id, r.line_no, r.refund_no, r.at, r.reason, r.units, r.tax_minor, r.paid_minor, o.currency, o.market,
       o.merchant_id, COALESCE(m.slug, ''), p.id, p.random_bits,
       CASE WHEN r.line_no <= 0 THEN '' ELSE l.title END
FROM orders_refund AS r
JOIN orders_order AS o ON o.lane = r.lane AND o.id = r.order_id
JOIN orders_orderline AS l ON l.lane = r.lane AND l.order_id = r.order_id AND l.line_no = GREATEST(r.line_no, 1)
JOIN orders_purchase AS p ON p.lane = o.purchase_lane AND p.id = o.purchase_id
LEFT JOIN merchants_merchant AS m ON m.id = o.merchant_id
WHERE r.at >= %(from_at)s AND r.at < %(to_at)s
  AND (%(reason)s::smallint IS NULL OR r.reason = %(reason)s)
  AND (%(market)s = '' OR o.market = %(market)s)
  AND (%(merchant)s = '' OR m.slug = %(merchant)s)
ORDER BY r.at DESC, r.order_id DESC, r.line_no, r.refund_no
LIMIT %(rows_max)s OFFSET %(passed_over)s
