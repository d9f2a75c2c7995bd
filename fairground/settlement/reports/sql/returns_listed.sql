-- Read what goes back to providers, or did, of a span and in these states, the last first; not what disputes took.
-- Locks: nothing. One pass over the returns, which are few among payments.
SELECT r.id, r.at, r.ended_at, y.provider, r.ref, r.currency, r.amount_minor, r.state, r.tries, r.differs, r.payment_id,
       r.order_id, y.shopper_id, p.id, p.random_bits
FROM payments_paymentrefund AS r
JOIN payments_payment AS y ON y.lane = r.lane AND y.id = r.payment_id
LEFT JOIN orders_purchase AS p ON p.lane = y.lane AND p.id = y.purchase_id
WHERE r.at >= %(from_at)s AND r.at < %(to_at)s
  AND r.dispute_id IS NULL
  AND r.state = ANY (%(states)s::smallint[])
ORDER BY r.id DESC
LIMIT %(rows_max)s
