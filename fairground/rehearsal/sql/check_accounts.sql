-- Compare each account with its transfers, posted and pending, and all debits of a currency with all credits.
-- Locks: nothing. Kinds of account: 1 credit normal, 2 debit normal; neither may fall below zero on its side.
WITH effective AS (
    SELECT t.debit_account_id, t.credit_account_id, t.amount_minor, NOT t.pending OR e.outcome = 1 AS posted
    FROM ledger_transfer AS t
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE NOT t.pending OR e.outcome IS NULL OR e.outcome = 1
), sides AS (
    SELECT debit_account_id AS account_id, amount_minor AS debit, 0 AS credit, posted FROM effective
    UNION ALL
    SELECT credit_account_id, 0, amount_minor, posted FROM effective
), sums AS (
    SELECT account_id,
           COALESCE(sum(debit) FILTER (WHERE posted), 0) AS debits,
           COALESCE(sum(credit) FILTER (WHERE posted), 0) AS credits,
           COALESCE(sum(debit) FILTER (WHERE posted IS NOT TRUE), 0) AS debits_pending,
           COALESCE(sum(credit) FILTER (WHERE posted IS NOT TRUE), 0) AS credits_pending
    FROM sides
    GROUP BY account_id
), compared AS (
    SELECT a.id, a.address, a.kind, a.debits_posted_minor - COALESCE(s.debits, 0) AS debits_off,
           a.credits_posted_minor - COALESCE(s.credits, 0) AS credits_off,
           a.debits_pending_minor - COALESCE(s.debits_pending, 0) AS debits_pending_off,
           a.credits_pending_minor - COALESCE(s.credits_pending, 0) AS credits_pending_off,
           CASE a.kind WHEN 1 THEN a.credits_posted_minor - a.debits_posted_minor - a.debits_pending_minor
                       WHEN 2 THEN a.debits_posted_minor - a.credits_posted_minor - a.credits_pending_minor
                       ELSE 0 END AS available_minor
    FROM ledger_account AS a
    LEFT JOIN sums AS s ON s.account_id = a.id
), balance AS (
    SELECT currency, sum(debits_posted_minor) - sum(credits_posted_minor) AS posted_off,
           sum(debits_pending_minor) - sum(credits_pending_minor) AS pending_off
    FROM ledger_account
    GROUP BY currency
), faults AS (
    SELECT format('account %s (%s): off by %s debits, %s credits, pending %s and %s; %s available', id, address,
                  debits_off, credits_off, debits_pending_off, credits_pending_off, available_minor) AS what,
           abs(debits_off) + abs(credits_off) + abs(debits_pending_off) + abs(credits_pending_off) AS off
    FROM compared
    WHERE (debits_off, credits_off, debits_pending_off, credits_pending_off) <> (0, 0, 0, 0) OR available_minor < 0
    UNION ALL
    SELECT format('%s: debits less credits are %s posted, %s pending', currency, posted_off, pending_off), 0
    FROM balance
    WHERE (posted_off, pending_off) <> (0, 0)
)
SELECT (SELECT count(*) FROM ledger_account), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
