-- Look whether closed days are chained, count what lies in them, and end with the sums of all transfers up to then.
-- Locks: nothing. Each balance is compared with all transfers of its account, not with what moved on its day; the
-- hashes themselves are `fairground ledger verify`'s.
WITH days AS (
    SELECT d.*, s.ends_at, lag(d.hash) OVER (ORDER BY d.day) AS hash_before, lag(d.day) OVER (ORDER BY d.day) AS day_before
    FROM ledger_day AS d
    JOIN ledger_dayseal AS s ON s.day = d.day
), last AS (
    SELECT max(day) AS day, max(ends_at) AS ends_at FROM days
), transfers AS (
    SELECT (at AT TIME ZONE 'UTC')::date AS day, count(*) AS rows
    FROM ledger_transfer, last WHERE at < last.ends_at GROUP BY 1
), endings AS (
    SELECT (at AT TIME ZONE 'UTC')::date AS day, count(*) AS rows
    FROM ledger_transferend, last WHERE at < last.ends_at GROUP BY 1
), balances AS (
    SELECT day, count(*) AS rows FROM ledger_daybalance GROUP BY 1
), effective AS (
    SELECT t.debit_account_id, t.credit_account_id, t.amount_minor,
           NOT t.pending OR (e.outcome = 1 AND e.at < last.ends_at) AS posted,
           t.pending AND (e.at IS NULL OR e.at >= last.ends_at) AS held
    FROM ledger_transfer AS t
    CROSS JOIN last
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE t.at < last.ends_at
), sides AS (
    SELECT debit_account_id AS account_id, amount_minor AS debit, 0 AS credit, posted, held FROM effective
    UNION ALL
    SELECT credit_account_id, 0, amount_minor, posted, held FROM effective
), sums AS (
    SELECT account_id,
           COALESCE(sum(debit) FILTER (WHERE posted), 0) AS debits,
           COALESCE(sum(credit) FILTER (WHERE posted), 0) AS credits,
           COALESCE(sum(debit) FILTER (WHERE held), 0) AS debits_pending,
           COALESCE(sum(credit) FILTER (WHERE held), 0) AS credits_pending
    FROM sides
    GROUP BY account_id
), stood AS (
    SELECT DISTINCT ON (b.account_id) b.*
    FROM ledger_daybalance AS b
    JOIN last ON b.day <= last.day
    ORDER BY b.account_id, b.day DESC
), faults AS (
    SELECT format('%s is not chained to the day before', day) AS what
    FROM days
    WHERE previous_hash <> COALESCE(hash_before, repeat('0', 64)) OR day <> COALESCE(day_before + 1, day)
       OR ends_at <> (day + 1)::timestamp AT TIME ZONE 'UTC'
    UNION ALL
    SELECT format('%s was closed with %s transfers, %s endings, %s balances; there are %s, %s, %s', d.day, d.transfers,
                  d.ends, d.balances, COALESCE(t.rows, 0), COALESCE(e.rows, 0), COALESCE(b.rows, 0))
    FROM days AS d
    LEFT JOIN transfers AS t ON t.day = d.day
    LEFT JOIN endings AS e ON e.day = d.day
    LEFT JOIN balances AS b ON b.day = d.day
    WHERE (d.transfers, d.ends, d.balances) <> (COALESCE(t.rows, 0), COALESCE(e.rows, 0), COALESCE(b.rows, 0))
    UNION ALL
    SELECT format('%s has transfers, endings or balances, and was not closed', n.day)
    FROM (SELECT day FROM transfers UNION SELECT day FROM endings UNION SELECT day FROM balances) AS n
    WHERE NOT EXISTS (SELECT FROM ledger_day AS d WHERE d.day = n.day)
    UNION ALL
    SELECT format('account %s did not stand so at the end of %s', COALESCE(k.account_id, s.account_id), last.day)
    FROM stood AS k
    FULL JOIN sums AS s ON s.account_id = k.account_id
    CROSS JOIN last
    WHERE k.account_id IS NULL OR s.account_id IS NULL
       OR (k.debits_posted_minor, k.credits_posted_minor, k.debits_pending_minor, k.credits_pending_minor)
          <> (s.debits, s.credits, s.debits_pending, s.credits_pending)
)
SELECT (SELECT count(*) FROM ledger_day) + (SELECT count(*) FROM ledger_daybalance), (SELECT count(*) FROM faults),
       (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
