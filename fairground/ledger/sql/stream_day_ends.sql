-- Write how pending transfers ended on a day as lines, by transfer: the canonical form of docs/algorithms/ledger.md.
-- Locks: nothing; the day is sealed.
COPY (
    SELECT 'end', transfer_id, outcome, (extract(epoch FROM at) * 1000000)::bigint
    FROM ledger_transferend
    WHERE at >= %(begins_at)s AND at < %(ends_at)s
    ORDER BY transfer_id
) TO STDOUT
