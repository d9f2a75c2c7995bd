-- Read the payouts that failed and whose lines no other payout has since, of these merchants and currencies.
-- Locks: nothing; under the turn of their lanes it holds. State 5 is a payout that failed.
SELECT DISTINCT ON (p.merchant_id, p.currency, p.after_id)
       p.merchant_id, p.currency, p.after_id, p.until_id, p.amount_minor, p.period_date, COALESCE(t.schedule, 2),
       CASE WHEN t.own_currency THEN m.currency ELSE p.currency END
FROM unnest(%(merchants)s::bigint[], %(currencies)s::varchar[]) AS w (merchant_id, currency)
JOIN settlement_payout AS p ON p.merchant_id = w.merchant_id AND p.currency = w.currency AND p.state = 5
JOIN merchants_merchant AS m ON m.id = p.merchant_id
LEFT JOIN settlement_terms AS t ON t.merchant_id = p.merchant_id
WHERE t.held IS NOT TRUE AND NOT EXISTS (
    SELECT FROM settlement_payout AS q
    WHERE q.merchant_id = p.merchant_id AND q.currency = p.currency AND q.after_id = p.after_id AND q.state <> 5
)
ORDER BY p.merchant_id, p.currency, p.after_id, p.period_date DESC
