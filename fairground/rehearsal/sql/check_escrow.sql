-- Compare what each order's merchant got into escrow with what the order costs; nothing before it is paid.
-- Locks: nothing.
WITH received AS (
    SELECT t.lane, t.order_id, a.address, sum(t.amount_minor) AS amount_minor
    FROM ledger_transfer AS t
    JOIN ledger_account AS a ON a.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND a.id = t.credit_account_id
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE t.kind = 2 AND t.order_id IS NOT NULL AND (NOT t.pending OR e.outcome = 1)
    GROUP BY t.lane, t.order_id, a.address
), compared AS (
    SELECT o.id, o.merchant_id, o.currency, r.address, COALESCE(r.amount_minor, 0) AS received_minor,
           CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.total_minor END AS due_minor
    FROM orders_order AS o
    LEFT JOIN received AS r ON r.lane = o.lane AND r.order_id = o.id
), faults AS (
    SELECT format('order %s: %s %s due, %s received by %s', id, due_minor, currency, received_minor, address) AS what,
           abs(due_minor - received_minor) AS off
    FROM compared
    WHERE due_minor <> received_minor OR address <> format('merchant:%s:escrow:%s', merchant_id, currency)
)
SELECT (SELECT count(*) FROM orders_order), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
