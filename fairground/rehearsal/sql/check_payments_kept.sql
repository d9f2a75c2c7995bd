-- Compare each acknowledged payment with the books: the purchase is paid, and its orders' transfers are its amount.
-- Locks: nothing. Of a presale it is the deposit, or the balance that completed it.
WITH moved AS (
    SELECT o.purchase_id, sum(t.amount_minor) AS amount_minor
    FROM ledger_transfer AS t
    JOIN orders_order AS o ON o.lane = t.lane AND o.id = t.order_id
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE t.kind = 2 AND (NOT t.pending OR e.outcome = 1)
    GROUP BY o.purchase_id
), faults AS (
    SELECT format('purchase %s, line %s: said %s %s are paid, holds %s %s in state %s with %s moved', a.purchase_id,
                  a.line_no, a.amount_minor, a.currency, p.total_minor, p.currency, p.state, m.amount_minor) AS what,
           a.purchase_id
    FROM verify_paid AS a
    LEFT JOIN orders_purchase AS p ON p.lane = ((a.purchase_id >> 12) & 1023)::smallint AND p.id = a.purchase_id
    LEFT JOIN moved AS m ON m.purchase_id = a.purchase_id
    WHERE CASE WHEN p.deposit_minor > 0
               THEN (p.currency = a.currency AND (a.amount_minor = p.deposit_minor AND p.deposited_at IS NOT NULL
                                                  OR a.amount_minor = GREATEST(p.balance_minor, 0))) IS NOT TRUE
               ELSE (p.total_minor, p.currency, m.amount_minor)
                    IS DISTINCT FROM (a.amount_minor, a.currency, a.amount_minor::numeric) OR p.paid_at IS NULL END
)
SELECT (SELECT count(*) FROM verify_paid), (SELECT count(*) FROM faults),
       (SELECT count(DISTINCT purchase_id) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
