-- Read the stretches of lines of these merchants whose payouts failed, and that no other payout has since.
-- Locks: nothing; under the turn of their lanes it holds. State 5 is a payout that failed. A stretch that failed again
-- as a part of a longer one is that longer one's.
SELECT DISTINCT ON (p.merchant_id, p.currency, p.after_id)
       p.merchant_id, p.currency, p.after_id, p.until_id, p.amount_minor, p.period_date, COALESCE(t.schedule, 2),
       CASE WHEN t.own_currency THEN m.currency ELSE p.currency END, COALESCE(t.payout_min_cents, 0)
FROM unnest(%(merchants)s::bigint[], %(currencies)s::varchar[]) AS w (merchant_id, currency)
JOIN settlement_payout AS p ON p.merchant_id = w.merchant_id AND p.currency = w.currency AND p.state = 5
JOIN merchants_merchant AS m ON m.id = p.merchant_id
LEFT JOIN settlement_terms AS t ON t.merchant_id = p.merchant_id
WHERE t.held IS NOT TRUE AND NOT EXISTS (
    SELECT FROM settlement_payout AS q
    WHERE q.merchant_id = p.merchant_id AND q.currency = p.currency
      AND (q.state <> 5 AND q.after_id < p.until_id AND q.until_id > p.after_id
           OR q.after_id <= p.after_id AND q.until_id >= p.until_id
              AND q.until_id - q.after_id > p.until_id - p.after_id)
)
ORDER BY p.merchant_id, p.currency, p.after_id, p.period_date DESC
