-- Compare gift cards that were issued, redeemed and ended, and credit that was granted, with what moved for them.
-- Locks: nothing. Kinds: 43 gift card, 44 goodwill, 46 cards issued, 47 card ended. Of cards by currency, what is owed
-- for them is what was issued in the books, less what was redeemed (also of cards from before that), less what ended.
-- What is counted of one of the staff on a day is what its credit and cards given away were worth, and its cards sold.
WITH given AS (
    SELECT 43 AS kind, id::text AS what, amount_minor, currency, transfer_id, 'giftcards' AS source
    FROM payments_giftcard
    WHERE redeemed_at IS NOT NULL
    UNION ALL
    SELECT 44, key::text, amount_minor, currency, transfer_id, 'goodwill' FROM payments_credit
    UNION ALL
    SELECT 46, key::text, amount_minor, currency, transfer_id, CASE WHEN is_sold THEN 'funding' ELSE 'goodwill' END
    FROM payments_giftcardissue
    WHERE transfer_id IS NOT NULL
    UNION ALL
    SELECT 47, id::text, amount_minor, currency, lapsed_transfer_id, 'giftcards'
    FROM payments_giftcard
    WHERE lapsed_transfer_id IS NOT NULL
), moved AS (
    SELECT t.kind, t.id, t.amount_minor, t.currency, d.address AS debit,
           NOT t.pending AND CASE t.kind WHEN 46 THEN c.address = 'platform:giftcards:' || t.currency
                                         WHEN 47 THEN c.address = 'platform:lapsed_giftcards:' || t.currency
                                         ELSE c.address LIKE 'shopper:%:wallet:' || t.currency END AS fits
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    WHERE t.kind IN (43, 44, 46, 47)
), cards AS (
    SELECT issue_key, min(currency) AS currency, count(DISTINCT currency) AS currencies, count(*) AS count,
           sum(amount_minor) AS minor
    FROM payments_giftcard
    WHERE issue_key IS NOT NULL
    GROUP BY issue_key
), owed AS (
    SELECT currency, sum(minor) AS minor
    FROM (
        SELECT currency, amount_minor AS minor FROM payments_giftcardissue WHERE transfer_id IS NOT NULL
        UNION ALL
        SELECT currency, -amount_minor FROM payments_giftcard
        WHERE redeemed_at IS NOT NULL OR lapsed_transfer_id IS NOT NULL
    ) AS changes
    GROUP BY currency
), booked AS (
    SELECT currency, sum(credits_posted_minor - debits_posted_minor) AS minor
    FROM ledger_account
    WHERE address = 'platform:giftcards:' || currency
    GROUP BY currency
), faults AS (
    SELECT format('%s %s: %s %s were given, %s moved', COALESCE(g.kind, m.kind), COALESCE(g.what, m.id::text),
                  g.amount_minor, COALESCE(g.currency, m.currency), m.amount_minor) AS what,
           GREATEST(COALESCE(g.amount_minor, 0), COALESCE(m.amount_minor, 0)) AS off
    FROM given AS g
    FULL JOIN moved AS m ON m.id = g.transfer_id AND m.kind = g.kind
    WHERE (g.amount_minor = m.amount_minor AND g.currency = m.currency AND m.fits
           AND m.debit = format('platform:%s:%s', g.source, g.currency)) IS NOT TRUE
    UNION ALL
    SELECT format('issue %s: %s cards with %s %s, its cards are %s with %s', COALESCE(i.key, c.issue_key), i.count,
                  i.amount_minor, COALESCE(i.currency, c.currency), COALESCE(c.count, 0), COALESCE(c.minor, 0)),
           abs(COALESCE(i.amount_minor, 0) - COALESCE(c.minor, 0))
    FROM (SELECT * FROM payments_giftcardissue WHERE transfer_id IS NOT NULL) AS i
    FULL JOIN cards AS c ON c.issue_key = i.key
    WHERE (i.count = c.count AND i.amount_minor = c.minor AND i.currency = c.currency AND c.currencies = 1)
          IS NOT TRUE
    UNION ALL
    SELECT format('%s: %s are owed for gift cards, %s are booked', COALESCE(o.currency, b.currency),
                  COALESCE(o.minor, 0), COALESCE(b.minor, 0)),
           abs(COALESCE(o.minor, 0) - COALESCE(b.minor, 0))
    FROM owed AS o
    FULL JOIN booked AS b ON b.currency = o.currency
    WHERE COALESCE(o.minor, 0) <> COALESCE(b.minor, 0)
    UNION ALL
    SELECT format('user %s on %s: %s cents of a euro are counted, %s were %s', COALESCE(d.user_id, c.who),
                  COALESCE(d.day, c.day), d.cents, c.cents,
                  CASE WHEN COALESCE(d.is_sold, c.is_sold) THEN 'issued as sold' ELSE 'given away' END),
           abs(COALESCE(d.cents, 0) - COALESCE(c.cents, 0))
    FROM payments_staffday AS d
    FULL JOIN (
        SELECT COALESCE(granted_by, 0) AS who, (at AT TIME ZONE 'UTC')::date AS day, is_sold, sum(worth_cents) AS cents
        FROM (
            SELECT granted_by, at, false AS is_sold, worth_cents FROM payments_credit
            UNION ALL
            SELECT granted_by, at, is_sold, worth_cents FROM payments_giftcardissue
        ) AS one
        WHERE worth_cents IS NOT NULL
        GROUP BY 1, 2, 3
    ) AS c ON c.who = d.user_id AND c.day = d.day AND c.is_sold = d.is_sold
    WHERE d.cents IS DISTINCT FROM c.cents
)
SELECT (SELECT count(*) FROM given), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
