-- Compare what each order's merchant got into escrow with what is due of it: its cost once paid, before that a deposit.
-- Locks: nothing. Kinds: 2 purchase, 20 deposit, 24 what the price guarantee gave back out of the escrow. Of an order
-- that was released, cancelled (7) or that expired (6) nothing is left there, whatever went back before or since.
WITH sides AS (
    SELECT t.lane, t.order_id, t.credit_account_id AS account_id, t.amount_minor
    FROM ledger_transfer AS t
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE t.kind IN (2, 20) AND t.order_id IS NOT NULL AND (NOT t.pending OR e.outcome = 1)
    UNION ALL
    SELECT lane, order_id, debit_account_id, -amount_minor FROM ledger_transfer WHERE kind = 24
), received AS (
    SELECT s.lane, s.order_id, a.address, sum(s.amount_minor) AS amount_minor
    FROM sides AS s
    JOIN ledger_account AS a ON a.lane = ((s.account_id >> 12) & 1023)::smallint AND a.id = s.account_id
    GROUP BY s.lane, s.order_id, a.address
), compared AS (
    SELECT o.id, o.merchant_id, o.currency, r.address, COALESCE(r.amount_minor, 0) AS received_minor,
           CASE WHEN o.paid_at IS NOT NULL THEN o.total_minor
                WHEN p.deposited_at IS NOT NULL THEN p.deposit_minor ELSE 0 END AS due_minor
    FROM orders_order AS o
    LEFT JOIN orders_purchase AS p ON p.lane = o.purchase_lane AND p.id = o.purchase_id AND p.deposit_minor > 0
    LEFT JOIN received AS r ON r.lane = o.lane AND r.order_id = o.id
), left_over AS (
    SELECT r.lane, r.id AS order_id, r.state,
           sum(CASE WHEN t.credit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END) AS left_minor
    FROM orders_order AS r
    JOIN ledger_account AS a
         ON a.lane = r.lane AND a.address = format('merchant:%s:escrow:%s', r.merchant_id, r.currency)
    JOIN ledger_transfer AS t ON t.lane = r.lane AND t.order_id = r.id
         AND a.id IN (t.credit_account_id, t.debit_account_id)
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE (NOT t.pending OR e.outcome = 1)
      AND (r.state IN (6, 7)
           OR EXISTS (SELECT FROM settlement_release AS s WHERE s.lane = r.lane AND s.order_id = r.id))
    GROUP BY r.lane, r.id, r.state
), faults AS (
    SELECT format('order %s: %s %s due, %s received by %s', id, due_minor, currency, received_minor, address) AS what,
           abs(due_minor - received_minor) AS off
    FROM compared
    WHERE due_minor <> received_minor OR address <> format('merchant:%s:escrow:%s', merchant_id, currency)
    UNION ALL
    SELECT format('order %s in state %s: it has ended, and %s are left in escrow', order_id, state, left_minor),
           abs(left_minor)
    FROM left_over
    WHERE left_minor <> 0
)
SELECT (SELECT count(*) FROM orders_order), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
