-- Look whether each transfer is more than nothing, between two accounts of its currency, and ended only if pending.
-- Locks: nothing.
WITH faults AS (
    SELECT format('transfer %s of %s %s from %s (%s) to %s (%s)', t.id, t.amount_minor, t.currency, t.debit_account_id,
                  d.currency, t.credit_account_id, c.currency) AS what, t.amount_minor AS off
    FROM ledger_transfer AS t
    LEFT JOIN ledger_account AS d
         ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    LEFT JOIN ledger_account AS c
         ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    WHERE (d.currency, c.currency) IS DISTINCT FROM (t.currency, t.currency)
       OR t.amount_minor <= 0 OR t.debit_account_id = t.credit_account_id
    UNION ALL
    SELECT format('transfer %s ended and was never pending', e.transfer_id), COALESCE(t.amount_minor, 0)
    FROM ledger_transferend AS e
    LEFT JOIN ledger_transfer AS t ON t.lane = e.lane AND t.id = e.transfer_id
    WHERE t.pending IS NOT TRUE OR e.outcome NOT IN (1, 2, 3)
)
SELECT (SELECT count(*) FROM ledger_transfer), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
