-- Sum the accounts that moved by the end of a closed day, as they stood then, by currency and family.
-- Locks: nothing. Of each account its last row up to that day.
SELECT b.currency, split_part(a.address, ':', 1) || ':' || split_part(a.address, ':', -2) AS family, count(*)::bigint,
       sum(b.debits_posted_minor)::bigint, sum(b.credits_posted_minor)::bigint,
       sum(b.debits_pending_minor)::bigint, sum(b.credits_pending_minor)::bigint,
       CASE WHEN min(a.address) = max(a.address) THEN min(a.address) ELSE '' END
FROM (
    SELECT DISTINCT ON (account_id) *
    FROM ledger_daybalance
    WHERE day <= %(day)s
    ORDER BY account_id, day DESC
) AS b
JOIN ledger_account AS a ON a.lane = ((b.account_id >> 12) & 1023)::smallint AND a.id = b.account_id
GROUP BY 1, 2
ORDER BY 1, 2
