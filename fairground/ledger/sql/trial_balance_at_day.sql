-- Sum the accounts as they stood at the end of a closed day, as the trial balance of now does; only those that moved.
-- Locks: nothing. Of each account its last row up to that day.
SELECT b.currency, regexp_replace(a.address, '[0-9]+', '*', 'g') AS name, count(*),
       sum(b.debits_posted_minor), sum(b.credits_posted_minor), sum(b.debits_pending_minor), sum(b.credits_pending_minor)
FROM (
    SELECT DISTINCT ON (account_id) *
    FROM ledger_daybalance
    WHERE day <= %(day)s
    ORDER BY account_id, day DESC
) AS b
JOIN ledger_account AS a ON a.lane = ((b.account_id >> 12) & 1023)::smallint AND a.id = b.account_id
GROUP BY 1, 2
ORDER BY 1, 2
