-- Read the gift cards that were issued in a span, the last first; their codes are nowhere.
-- Locks: nothing. Where a card was not redeemed, it is over from its end on.
SELECT g.id, g.issued_at, g.expires_at, g.redeemed_at, g.redeemed_by, g.currency, g.amount_minor,
       CASE WHEN g.redeemed_at IS NOT NULL THEN 'redeemed'
            WHEN g.lapsed_transfer_id IS NOT NULL OR g.expires_at <= %(now)s THEN 'ended' ELSE 'open' END
FROM payments_giftcard AS g
WHERE g.issued_at >= %(from_at)s AND g.issued_at < %(to_at)s
ORDER BY g.id DESC
LIMIT %(rows_max)s
