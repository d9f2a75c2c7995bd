-- Read withdrawals that were declared in a span, the last first: all, or those of which something is left to do.
-- Locks: nothing. Few orders are withdrawn from.
SELECT w.order_id, w.declared_at, w.outcome, w.refund_by, w.told_at, w.settled_at, w.statement, COALESCE(m.slug, ''),
       p.id, p.random_bits
FROM fulfilment_withdrawal AS w
JOIN orders_order AS o ON o.lane = w.lane AND o.id = w.order_id
JOIN orders_purchase AS p ON p.lane = o.purchase_lane AND p.id = o.purchase_id
LEFT JOIN merchants_merchant AS m ON m.id = w.merchant_id
WHERE w.declared_at >= %(from_at)s AND w.declared_at < %(to_at)s
  AND (NOT %(is_open)s OR w.settled_at IS NULL)
ORDER BY w.declared_at DESC, w.order_id DESC
LIMIT %(rows_max)s
