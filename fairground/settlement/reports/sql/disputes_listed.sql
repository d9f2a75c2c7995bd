-- Read disputes that were noted in a span, the last first: all, those that are over, or those that are not.
-- Locks: nothing. There are few; a payment's lane is in its id. One that is over and left a claim is not over.
SELECT d.provider, d.ref, d.state, d.reason, d.noted_at, d.answer_before, d.ended_at, d.currency, d.amount_minor,
       d.taken_minor, d.covered_minor, y.id, y.shopper_id, p.id, p.random_bits
FROM payments_dispute AS d
LEFT JOIN payments_payment AS y ON y.lane = ((d.payment_id >> 12) & 1023)::smallint AND y.id = d.payment_id
LEFT JOIN orders_purchase AS p ON p.lane = y.lane AND p.id = y.purchase_id
WHERE d.noted_at >= %(from_at)s AND d.noted_at < %(to_at)s
  AND (%(is_over)s::boolean IS NULL OR %(is_over)s::boolean = (
      d.state = ANY (%(over)s::smallint[])
      AND NOT (d.state = ANY (%(may_leave)s::smallint[]) AND d.taken_minor > d.covered_minor)
  ))
ORDER BY d.noted_at DESC, d.id DESC
LIMIT %(rows_max)s
