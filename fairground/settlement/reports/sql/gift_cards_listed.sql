-- Read the gift cards that were issued in a span, the last first; their codes are nowhere.
-- Locks: nothing.
SELECT g.id, g.issued_at, g.expires_at, g.redeemed_at, g.redeemed_by, g.currency, g.amount_minor
FROM payments_giftcard AS g
WHERE g.issued_at >= %(from_at)s AND g.issued_at < %(to_at)s
ORDER BY g.id DESC
LIMIT %(rows_max)s
