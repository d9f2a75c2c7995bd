-- Read the credit that was granted in a span, the last first.
-- Locks: nothing.
SELECT c.transfer_id, c.at, c.shopper_id, c.reason, c.currency, c.amount_minor
FROM payments_credit AS c
WHERE c.at >= %(from_at)s AND c.at < %(to_at)s
ORDER BY c.at DESC, c.transfer_id DESC
LIMIT %(rows_max)s
