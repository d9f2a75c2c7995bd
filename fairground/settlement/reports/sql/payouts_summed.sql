-- Read how many payouts of a span there are in each period, state and currency in which they are paid, and their sum.
-- Locks: nothing. A merchant has some a month.
SELECT p.period_date, p.state, p.paid_currency, count(*), sum(p.paid_minor)
FROM settlement_payout AS p
WHERE p.proposed_at >= %(from_at)s AND p.proposed_at < %(to_at)s
GROUP BY 1, 2, 3
ORDER BY 1 DESC, 3, 2
LIMIT %(rows_max)s
