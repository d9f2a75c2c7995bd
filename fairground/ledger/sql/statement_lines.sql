-- Read what was posted to accounts: of each the sums before `opens_at`, then its lines; a pending one by its posting.
-- Locks: nothing. One pass over all transfers, however many accounts are asked for.
WITH posted AS (
    SELECT s.account_id, t.id, coalesce(e.at, t.at) AS at, t.kind, t.order_id, s.debit_minor, s.credit_minor
    FROM ledger_transfer AS t
    CROSS JOIN LATERAL (
        VALUES (t.debit_account_id, t.amount_minor, 0::bigint), (t.credit_account_id, 0::bigint, t.amount_minor)
    ) AS s (account_id, debit_minor, credit_minor)
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE (t.debit_account_id = ANY(%(account_ids)s::bigint[]) OR t.credit_account_id = ANY(%(account_ids)s::bigint[]))
      AND s.account_id = ANY(%(account_ids)s::bigint[])
      AND (NOT t.pending OR e.outcome = %(outcome_posted)s)
)
SELECT account_id, NULL::bigint AS id, NULL::timestamptz AS at, NULL::smallint AS kind, NULL::bigint AS order_id,
       sum(debit_minor)::bigint AS debit_minor, sum(credit_minor)::bigint AS credit_minor
FROM posted WHERE at < %(opens_at)s
GROUP BY account_id
UNION ALL
SELECT account_id, id, at, kind, order_id, debit_minor, credit_minor
FROM posted WHERE at >= %(opens_at)s AND at < %(closes_at)s
ORDER BY account_id, at NULLS FIRST, id
