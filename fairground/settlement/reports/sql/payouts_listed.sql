-- Read payouts that were proposed in a span, the last first: all, those in one state, or one.
-- Locks: nothing. A merchant has some a month.
SELECT p.id, m.slug, p.state, p.period_date, p.currency, p.amount_minor, p.paid_currency, p.paid_minor,
       p.rate_numerator, p.rate_denominator, p.rate_quoted_at, p.proposed_at, p.approved_at, p.sent_at, p.ended_at,
       p.reference, p.failed_because
FROM settlement_payout AS p
JOIN merchants_merchant AS m ON m.id = p.merchant_id
WHERE p.proposed_at >= %(from_at)s AND p.proposed_at < %(to_at)s
  AND (%(state)s::smallint IS NULL OR p.state = %(state)s)
  AND (%(only_id)s::bigint IS NULL OR p.id = %(only_id)s)
ORDER BY p.proposed_at DESC, p.id DESC
LIMIT %(rows_max)s
