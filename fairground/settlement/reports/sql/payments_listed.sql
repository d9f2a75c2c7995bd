-- Read payments with providers of a span, the last first: all, those that are not over, or one.
-- Locks: nothing. Walks back along `payment_by_age`.
SELECT y.id, y.begun_at, y.ended_at, y.provider, y.ref, y.currency, y.amount_minor, y.wallet_minor, y.captured_currency,
       y.captured_minor, y.state, y."end", y.why, y.shopper_id, p.id, p.random_bits
FROM payments_payment AS y
LEFT JOIN orders_purchase AS p ON p.lane = y.lane AND p.id = y.purchase_id
WHERE y.begun_at >= %(from_at)s AND y.begun_at < %(to_at)s
  AND (%(only_id)s::bigint IS NULL OR y.id = %(only_id)s)
  AND NOT y.state = ANY (%(without)s::smallint[])
ORDER BY y.id DESC
LIMIT %(rows_max)s
