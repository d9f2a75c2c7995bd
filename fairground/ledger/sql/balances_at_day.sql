-- Read the sums of accounts as they stood at the end of a closed day.
-- Locks: nothing. Of each account its last row up to that day.
SELECT DISTINCT ON (account_id)
       account_id, currency, debits_posted_minor, credits_posted_minor, debits_pending_minor, credits_pending_minor
FROM ledger_daybalance
WHERE day <= %(day)s AND account_id = ANY(%(account_ids)s::bigint[])
ORDER BY account_id, day DESC
