-- Read the gift cards that were issued in a span, by whom and why, the last first; their codes are nowhere.
-- Locks: nothing. Where a card was not redeemed, it is over from its end on. Nobody is named where it was the command
-- line, or was issued before that was written down.
SELECT g.id, g.issued_at, g.expires_at, g.redeemed_at, g.redeemed_by, g.currency, g.amount_minor,
       CASE WHEN g.redeemed_at IS NOT NULL THEN 'redeemed'
            WHEN g.lapsed_transfer_id IS NOT NULL OR g.expires_at <= %(now)s THEN 'ended' ELSE 'open' END,
       CASE WHEN i.is_sold THEN 'sold' WHEN NOT i.is_sold THEN 'given' ELSE '' END,
       COALESCE(i.reason, ''), COALESCE(u.email, i.granted_by::text, '')
FROM payments_giftcard AS g
LEFT JOIN payments_giftcardissue AS i ON i.key = g.issue_key
LEFT JOIN identity_user AS u ON u.id = i.granted_by
WHERE g.issued_at >= %(from_at)s AND g.issued_at < %(to_at)s
ORDER BY g.id DESC
LIMIT %(rows_max)s
