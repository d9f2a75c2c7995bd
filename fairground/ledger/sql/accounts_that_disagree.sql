-- Find accounts whose row is not the sum of their transfers, and sums that belong to no account.
-- Locks: nothing.
WITH sides AS (
    SELECT t.debit_account_id AS account_id, t.currency, t.amount_minor AS debit_minor, 0::bigint AS credit_minor,
           t.pending, e.outcome
    FROM ledger_transfer AS t
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    UNION ALL
    SELECT t.credit_account_id, t.currency, 0, t.amount_minor, t.pending, e.outcome
    FROM ledger_transfer AS t
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
), sums AS (
    SELECT account_id, currency,
           coalesce(sum(debit_minor) FILTER (WHERE NOT pending OR outcome = %(outcome_posted)s), 0) AS debits_posted,
           coalesce(sum(credit_minor) FILTER (WHERE NOT pending OR outcome = %(outcome_posted)s), 0) AS credits_posted,
           coalesce(sum(debit_minor) FILTER (WHERE pending AND outcome IS NULL), 0) AS debits_pending,
           coalesce(sum(credit_minor) FILTER (WHERE pending AND outcome IS NULL), 0) AS credits_pending
    FROM sides
    GROUP BY account_id, currency
)
SELECT coalesce(a.id, s.account_id), a.address, coalesce(a.currency, s.currency),
       coalesce(a.debits_posted_minor, 0), coalesce(a.credits_posted_minor, 0),
       coalesce(a.debits_pending_minor, 0), coalesce(a.credits_pending_minor, 0),
       coalesce(s.debits_posted, 0)::bigint, coalesce(s.credits_posted, 0)::bigint,
       coalesce(s.debits_pending, 0)::bigint, coalesce(s.credits_pending, 0)::bigint
FROM ledger_account AS a
FULL JOIN sums AS s ON s.account_id = a.id AND s.currency = a.currency
WHERE a.id IS NULL
   OR (a.debits_posted_minor, a.credits_posted_minor, a.debits_pending_minor, a.credits_pending_minor)
      <> (coalesce(s.debits_posted, 0), coalesce(s.credits_posted, 0),
          coalesce(s.debits_pending, 0), coalesce(s.credits_pending, 0))
ORDER BY 1, 3
