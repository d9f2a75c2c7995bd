-- Read what was posted to an account: the sums before `opens_at`, then each line; a pending one is dated by its posting.
-- Locks: nothing.
WITH touching AS (
    SELECT lane, id, debit_account_id, amount_minor, kind, order_id, pending, at
    FROM ledger_transfer
    WHERE debit_account_id = %(account_id)s OR credit_account_id = %(account_id)s
), posted AS (
    SELECT t.id, coalesce(e.at, t.at) AS at, t.kind, t.order_id,
           CASE WHEN t.debit_account_id = %(account_id)s THEN t.amount_minor ELSE 0 END AS debit_minor,
           CASE WHEN t.debit_account_id = %(account_id)s THEN 0 ELSE t.amount_minor END AS credit_minor
    FROM touching AS t
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE NOT t.pending OR e.outcome = %(outcome_posted)s
), opening AS (
    SELECT coalesce(sum(debit_minor), 0)::bigint AS debit_minor,
           coalesce(sum(credit_minor), 0)::bigint AS credit_minor
    FROM posted WHERE at < %(opens_at)s
)
SELECT NULL::bigint AS id, NULL::timestamptz AS at, NULL::smallint AS kind, NULL::bigint AS order_id,
       debit_minor, credit_minor
FROM opening
UNION ALL
SELECT id, at, kind, order_id, debit_minor, credit_minor
FROM posted WHERE at >= %(opens_at)s AND at < %(closes_at)s
ORDER BY at NULLS FIRST, id
