-- Write the sums at a day's end of each account that moved on it: those of its last row before, and what moved.
-- Locks: nothing; the day is sealed, so what lies in it never changes, and its seal's row keeps out who closes it too.
WITH moved AS (
    SELECT debit_account_id, credit_account_id, currency,
           CASE WHEN pending THEN 0 ELSE amount_minor END AS posted, CASE WHEN pending THEN amount_minor ELSE 0 END AS held
    FROM ledger_transfer
    WHERE at >= %(begins_at)s AND at < %(ends_at)s
    UNION ALL
    SELECT t.debit_account_id, t.credit_account_id, t.currency,
           CASE WHEN e.outcome = %(outcome_posted)s THEN t.amount_minor ELSE 0 END, -t.amount_minor
    FROM ledger_transferend AS e
    JOIN ledger_transfer AS t ON t.lane = e.lane AND t.id = e.transfer_id
    WHERE e.at >= %(begins_at)s AND e.at < %(ends_at)s
), sides AS (
    SELECT debit_account_id AS account_id, currency, posted AS debits, 0 AS credits,
           held AS debits_pending, 0 AS credits_pending
    FROM moved
    UNION ALL
    SELECT credit_account_id, currency, 0, posted, 0, held FROM moved
), sums AS (
    SELECT account_id, currency, sum(debits) AS debits, sum(credits) AS credits,
           sum(debits_pending) AS debits_pending, sum(credits_pending) AS credits_pending
    FROM sides
    GROUP BY account_id, currency
)
INSERT INTO ledger_daybalance (account_id, day, currency, debits_posted_minor, credits_posted_minor,
                               debits_pending_minor, credits_pending_minor)
SELECT s.account_id, %(day)s, s.currency,
       COALESCE(b.debits_posted_minor, 0) + s.debits, COALESCE(b.credits_posted_minor, 0) + s.credits,
       COALESCE(b.debits_pending_minor, 0) + s.debits_pending, COALESCE(b.credits_pending_minor, 0) + s.credits_pending
FROM sums AS s
LEFT JOIN LATERAL (
    SELECT * FROM ledger_daybalance AS l
    WHERE l.account_id = s.account_id AND l.day < %(day)s
    ORDER BY l.day DESC LIMIT 1
) AS b ON true
