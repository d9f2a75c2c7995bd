-- Read what merchants owe in these currencies, and since when their account is below nothing without a break.
-- Locks: nothing. State 4 is a payout that was confirmed: it takes from the account as a line adds to it.
WITH debts AS (
    SELECT m.id AS merchant_id, m.lane, m.slug, m.name, c.currency,
           a.debits_posted_minor - a.credits_posted_minor AS owed_minor
    FROM merchants_merchant AS m
    CROSS JOIN unnest(%(currencies)s::varchar[]) AS c (currency)
    JOIN ledger_account AS a ON a.lane = m.lane AND a.address = format('merchant:%%s:payable:%%s', m.id, c.currency)
    WHERE a.debits_posted_minor > a.credits_posted_minor
), changes AS (
    SELECT d.merchant_id, d.currency, e.at, e.id, e.payable_minor AS minor
    FROM debts AS d
    JOIN settlement_entry AS e ON e.lane = d.lane AND e.merchant_id = d.merchant_id AND e.currency = d.currency
    UNION ALL
    SELECT d.merchant_id, d.currency, p.ended_at, p.id, -p.amount_minor
    FROM debts AS d
    JOIN settlement_payout AS p ON p.merchant_id = d.merchant_id AND p.currency = d.currency AND p.state = 4
), stood AS (
    SELECT merchant_id, currency, at, id,
           sum(minor) OVER (PARTITION BY merchant_id, currency ORDER BY at, id) AS minor
    FROM changes
), before AS (
    SELECT DISTINCT ON (merchant_id, currency) merchant_id, currency, at, id
    FROM stood
    WHERE minor >= 0
    ORDER BY merchant_id, currency, at DESC, id DESC
)
SELECT d.merchant_id, d.slug, d.name, d.currency, d.owed_minor, (
    SELECT min(s.at)
    FROM stood AS s
    LEFT JOIN before AS b ON b.merchant_id = s.merchant_id AND b.currency = s.currency
    WHERE s.merchant_id = d.merchant_id AND s.currency = d.currency
      AND (b.at IS NULL OR (s.at, s.id) > (b.at, b.id))
) AS since
FROM debts AS d
ORDER BY since, d.merchant_id, d.currency
LIMIT %(rows_max)s
