-- Find sums at a day's end that are not those of the account's row before and of what moved on the day.
-- Locks: nothing. Written apart from what wrote the sums, so that a mistake there is not made here too.
WITH posted AS (
    SELECT id AS transfer_id, 'posted' AS how FROM ledger_transfer
    WHERE at >= %(begins_at)s AND at < %(ends_at)s AND NOT pending
    UNION ALL
    SELECT transfer_id, 'posted' FROM ledger_transferend
    WHERE at >= %(begins_at)s AND at < %(ends_at)s AND outcome = %(outcome_posted)s
    UNION ALL
    SELECT id, 'held' FROM ledger_transfer
    WHERE at >= %(begins_at)s AND at < %(ends_at)s AND pending
    UNION ALL
    SELECT transfer_id, 'let go' FROM ledger_transferend
    WHERE at >= %(begins_at)s AND at < %(ends_at)s
), touched AS (
    SELECT s.account_id,
           sum(s.debit) FILTER (WHERE p.how = 'posted') AS debits,
           sum(s.credit) FILTER (WHERE p.how = 'posted') AS credits,
           sum(CASE p.how WHEN 'held' THEN s.debit WHEN 'let go' THEN -s.debit END) AS debits_pending,
           sum(CASE p.how WHEN 'held' THEN s.credit WHEN 'let go' THEN -s.credit END) AS credits_pending
    FROM posted AS p
    JOIN ledger_transfer AS t ON t.lane = ((p.transfer_id >> 12) & 1023)::smallint AND t.id = p.transfer_id
    CROSS JOIN LATERAL (
        VALUES (t.debit_account_id, t.amount_minor, 0::bigint), (t.credit_account_id, 0::bigint, t.amount_minor)
    ) AS s (account_id, debit, credit)
    GROUP BY s.account_id
), stored AS (
    SELECT * FROM ledger_daybalance WHERE day = %(day)s
)
SELECT COALESCE(k.account_id, m.account_id) AS account_id,
       k.account_id IS NULL AS missing, m.account_id IS NULL AS not_moved
FROM stored AS k
FULL JOIN touched AS m ON m.account_id = k.account_id
LEFT JOIN LATERAL (
    SELECT * FROM ledger_daybalance AS l
    WHERE l.account_id = COALESCE(k.account_id, m.account_id) AND l.day < %(day)s
    ORDER BY l.day DESC LIMIT 1
) AS b ON true
LEFT JOIN ledger_account AS a
    ON a.lane = ((k.account_id >> 12) & 1023)::smallint AND a.id = k.account_id AND a.currency = k.currency
WHERE k.account_id IS NULL OR m.account_id IS NULL OR a.id IS NULL
   OR k.debits_posted_minor <> COALESCE(b.debits_posted_minor, 0) + COALESCE(m.debits, 0)
   OR k.credits_posted_minor <> COALESCE(b.credits_posted_minor, 0) + COALESCE(m.credits, 0)
   OR k.debits_pending_minor <> COALESCE(b.debits_pending_minor, 0) + COALESCE(m.debits_pending, 0)
   OR k.credits_pending_minor <> COALESCE(b.credits_pending_minor, 0) + COALESCE(m.credits_pending, 0)
ORDER BY 1
LIMIT %(at_most)s
