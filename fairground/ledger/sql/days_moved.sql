-- Read the closed days between two, both included, on which one of some accounts moved.
-- Locks: nothing. Rows of a day that is not closed are of a transaction under way, and not seen.
SELECT DISTINCT day
FROM ledger_daybalance
WHERE account_id = ANY(%(account_ids)s::bigint[]) AND day BETWEEN %(from_day)s AND %(to_day)s
ORDER BY day
