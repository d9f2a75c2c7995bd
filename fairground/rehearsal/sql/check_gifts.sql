-- Compare gift cards that were redeemed, and credit that was granted, with what came into wallets from there.
-- Locks: nothing. Kinds: 43 gift card, 44 goodwill. What each of the staff granted on a day is the sum of its credits.
WITH given AS (
    SELECT 43 AS kind, id::text AS what, amount_minor, currency, transfer_id
    FROM payments_giftcard
    WHERE redeemed_at IS NOT NULL
    UNION ALL
    SELECT 44, key::text, amount_minor, currency, transfer_id FROM payments_credit
), moved AS (
    SELECT t.kind, t.id, t.amount_minor, t.currency,
           NOT t.pending AND c.address LIKE 'shopper:%:wallet:' || t.currency
               AND d.address = format('platform:%s:%s', CASE t.kind WHEN 43 THEN 'giftcards' ELSE 'goodwill' END,
                                      t.currency) AS fits
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    WHERE t.kind IN (43, 44)
), faults AS (
    SELECT format('%s %s: %s %s were given, %s moved', COALESCE(g.kind, m.kind), COALESCE(g.what, m.id::text),
                  g.amount_minor, COALESCE(g.currency, m.currency), m.amount_minor) AS what,
           GREATEST(COALESCE(g.amount_minor, 0), COALESCE(m.amount_minor, 0)) AS off
    FROM given AS g
    FULL JOIN moved AS m ON m.id = g.transfer_id AND m.kind = g.kind
    WHERE (g.amount_minor = m.amount_minor AND g.currency = m.currency AND m.fits) IS NOT TRUE
    UNION ALL
    SELECT format('user %s granted %s %s on %s, its credits are %s', d.user_id, d.granted_minor, d.currency, d.day,
                  COALESCE(c.minor, 0)), abs(d.granted_minor - COALESCE(c.minor, 0))
    FROM payments_creditday AS d
    FULL JOIN (
        SELECT granted_by, currency, (at AT TIME ZONE 'UTC')::date AS day, sum(amount_minor) AS minor
        FROM payments_credit WHERE granted_by IS NOT NULL
        GROUP BY 1, 2, 3
    ) AS c ON c.granted_by = d.user_id AND c.currency = d.currency AND c.day = d.day
    WHERE d.user_id IS DISTINCT FROM 0 AND d.granted_minor IS DISTINCT FROM c.minor
)
SELECT (SELECT count(*) FROM given), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
