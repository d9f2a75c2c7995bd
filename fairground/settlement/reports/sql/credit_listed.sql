-- Read the credit that was granted in a span and who of the staff granted it, the last first.
-- Locks: nothing. Nobody is named where it was the command line, or was granted before that was written down.
SELECT c.transfer_id, c.at, c.shopper_id, c.reason, c.currency, c.amount_minor,
       COALESCE(u.email, c.granted_by::text, '')
FROM payments_credit AS c
LEFT JOIN identity_user AS u ON u.id = c.granted_by
WHERE c.at >= %(from_at)s AND c.at < %(to_at)s
ORDER BY c.at DESC, c.transfer_id DESC
LIMIT %(rows_max)s
