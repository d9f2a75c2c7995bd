-- Read what was posted to accounts since `begins_at`: of each the sums before `opens_at`, then its lines from there.
-- Locks: nothing. What was pending is dated by its posting; one pass, however many accounts are asked for.
WITH happened AS (
    SELECT id, at, kind, order_id, debit_account_id, credit_account_id, amount_minor
    FROM ledger_transfer
    WHERE NOT pending AND at >= %(begins_at)s AND at < %(closes_at)s
      AND (debit_account_id = ANY(%(account_ids)s::bigint[]) OR credit_account_id = ANY(%(account_ids)s::bigint[]))
    UNION ALL
    SELECT t.id, e.at, t.kind, t.order_id, t.debit_account_id, t.credit_account_id, t.amount_minor
    FROM ledger_transferend AS e
    JOIN ledger_transfer AS t ON t.lane = e.lane AND t.id = e.transfer_id
    WHERE e.outcome = %(outcome_posted)s AND e.at >= %(begins_at)s AND e.at < %(closes_at)s AND t.pending
      AND (t.debit_account_id = ANY(%(account_ids)s::bigint[]) OR t.credit_account_id = ANY(%(account_ids)s::bigint[]))
), posted AS (
    SELECT s.account_id, h.id, h.at, h.kind, h.order_id, s.debit_minor, s.credit_minor
    FROM happened AS h
    CROSS JOIN LATERAL (
        VALUES (h.debit_account_id, h.amount_minor, 0::bigint), (h.credit_account_id, 0::bigint, h.amount_minor)
    ) AS s (account_id, debit_minor, credit_minor)
    WHERE s.account_id = ANY(%(account_ids)s::bigint[])
)
SELECT account_id, NULL::bigint AS id, NULL::timestamptz AS at, NULL::smallint AS kind, NULL::bigint AS order_id,
       sum(debit_minor)::bigint AS debit_minor, sum(credit_minor)::bigint AS credit_minor
FROM posted WHERE at < %(opens_at)s
GROUP BY account_id
UNION ALL
SELECT account_id, id, at, kind, order_id, debit_minor, credit_minor
FROM posted WHERE at >= %(opens_at)s
ORDER BY account_id, at NULLS FIRST, id
