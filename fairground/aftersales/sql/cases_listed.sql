-- Read cases that were opened in a span and are in these states, of a merchant or all, the last first.
-- Locks: nothing. A case's order is in the lane that its own id names.
SELECT c.id, c.case_no, c.order_id, c.opened_at, c.due_at, c.closed_at, c.reason, c.wish, c.state, c.market, o.currency,
       array_position(p.order_ids, c.order_id), p.id, p.random_bits, COALESCE(m.slug, ''),
       (SELECT COALESCE(sum(l.units_asked), 0) FROM aftersales_caseline AS l WHERE l.case_id = c.id),
       (SELECT COALESCE(sum(l.paid_minor), 0) FROM aftersales_caseline AS l WHERE l.case_id = c.id)
FROM aftersales_case AS c
JOIN orders_order AS o ON o.lane = ((c.order_id >> 12) & 1023) AND o.id = c.order_id
JOIN orders_purchase AS p ON p.lane = o.purchase_lane AND p.id = o.purchase_id
LEFT JOIN merchants_merchant AS m ON m.id = c.merchant_id
WHERE c.opened_at >= %(from_at)s AND c.opened_at < %(to_at)s
  AND c.state = ANY (%(states)s::smallint[])
  AND (%(merchant_id)s::bigint IS NULL OR c.merchant_id = %(merchant_id)s)
  AND (%(due_before)s::timestamptz IS NULL OR c.due_at < %(due_before)s)
ORDER BY c.opened_at DESC, c.id DESC
LIMIT %(rows_max)s
