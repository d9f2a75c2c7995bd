-- Write a day's transfers as lines, by id: the canonical form of docs/algorithms/ledger.md.
-- Locks: nothing; the day is sealed.
COPY (
    SELECT 'transfer', id, debit_account_id, credit_account_id, amount_minor, currency, kind,
           COALESCE(order_id::text, '-'), pending::int, (extract(epoch FROM at) * 1000000)::bigint
    FROM ledger_transfer
    WHERE at >= %(begins_at)s AND at < %(ends_at)s
    ORDER BY id
) TO STDOUT
