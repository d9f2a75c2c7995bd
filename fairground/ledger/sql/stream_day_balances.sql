-- Write the sums at a day's end as lines, by account: the canonical form of docs/algorithms/ledger.md.
-- Locks: nothing; the day is sealed.
COPY (
    SELECT 'balance', account_id, currency, debits_posted_minor, credits_posted_minor,
           debits_pending_minor, credits_pending_minor
    FROM ledger_daybalance
    WHERE day = %(day)s
    ORDER BY account_id
) TO STDOUT
