-- Read what merchants are owed after their last payout, with the terms by which they are paid.
-- Locks: nothing; under the turn of their lanes it holds. State 5 is a payout that failed.
SELECT w.merchant_id, w.currency, l.until_id, s.until_id, COALESCE(s.amount_minor, 0)::bigint, l.period_date,
       COALESCE(t.schedule, 2), CASE WHEN t.own_currency THEN m.currency ELSE w.currency END,
       COALESCE(t.payout_min_cents, 0)
FROM unnest(%(merchants)s::bigint[], %(currencies)s::varchar[]) AS w (merchant_id, currency)
JOIN merchants_merchant AS m ON m.id = w.merchant_id
LEFT JOIN settlement_terms AS t ON t.merchant_id = m.id
CROSS JOIN LATERAL (
    SELECT COALESCE(max(p.until_id), 0) AS until_id, max(p.period_date) FILTER (WHERE p.state <> 5) AS period_date
    FROM settlement_payout AS p WHERE p.merchant_id = w.merchant_id AND p.currency = w.currency
) AS l
CROSS JOIN LATERAL (
    SELECT max(e.id) AS until_id, sum(e.payable_minor) AS amount_minor
    FROM settlement_entry AS e
    WHERE e.lane = m.lane AND e.merchant_id = w.merchant_id AND e.currency = w.currency AND e.id > l.until_id
) AS s
WHERE s.until_id IS NOT NULL AND t.held IS NOT TRUE
ORDER BY m.lane, w.merchant_id, w.currency
