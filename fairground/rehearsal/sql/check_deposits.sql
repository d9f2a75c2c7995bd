-- Compare each presale with the money that moved for it: once in, once where it belongs; and what was paid with its cost.
-- Locks: nothing. Ends: 1 counted, 2 forfeited, 3 returned, 4 returned doubled. Kinds of transfers: 2 purchase,
-- 20 deposit, 21 forfeited, 22 returned, 23 penalty (owed by the merchant, and paid to the shopper), 24 given back of a
-- deposit that was more than the goods cost in the end, 58 settled with the merchant. Accounts are named by what they
-- are for. Lines of statements: 4 forfeit, 5 penalty; a deposit that ended so is due to be settled, or it is, once.
WITH moved AS (
    SELECT t.lane, t.order_id,
           sum(t.amount_minor) FILTER (WHERE t.kind = 20) AS deposited,
           count(*) FILTER (WHERE t.kind = 20) AS deposits,
           sum(t.amount_minor) FILTER (WHERE t.kind = 21 AND c.address LIKE 'merchant:%:forfeits:%') AS forfeited,
           sum(t.amount_minor) FILTER (WHERE t.kind = 22 AND c.address LIKE 'shopper:%:wallet:%') AS returned,
           sum(t.amount_minor) FILTER (WHERE t.kind = 23 AND c.address LIKE 'shopper:%:wallet:%') AS added,
           sum(t.amount_minor) FILTER (WHERE t.kind = 23 AND d.address LIKE 'merchant:%:penalties:%') AS owed,
           sum(t.amount_minor) FILTER (WHERE t.kind = 58 AND d.address LIKE 'merchant:%:forfeits:%'
                                       AND c.address LIKE 'merchant:%:payable:%') AS gained,
           sum(t.amount_minor) FILTER (WHERE t.kind = 58 AND d.address LIKE 'merchant:%:payable:%'
                                       AND c.address LIKE 'merchant:%:penalties:%') AS lost,
           COALESCE(sum(t.amount_minor) FILTER (WHERE t.kind = 2), 0)
               - COALESCE(sum(t.amount_minor) FILTER (WHERE t.kind = 24), 0) AS balance
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    WHERE t.kind IN (2, 20, 21, 22, 23, 24, 58) AND t.order_id IN (
        SELECT unnest(p.order_ids) FROM orders_purchase AS p WHERE p.deposit_minor > 0
    )
    GROUP BY t.lane, t.order_id
), compared AS (
    SELECT p.id, p.order_ids[1] AS order_id, p.state, p.deposit_minor, p.deposited_at, p.deposit_end, p.balance_minor, p.total_minor,
           CASE WHEN p.deposited_at IS NULL THEN 0 ELSE p.deposit_minor END AS due_in,
           CASE WHEN p.deposit_end = 2 THEN p.deposit_minor ELSE 0 END AS due_forfeited,
           CASE WHEN p.deposit_end IN (3, 4) THEN p.deposit_minor ELSE 0 END AS due_returned,
           CASE WHEN p.deposit_end = 4 THEN p.deposit_minor ELSE 0 END AS due_added,
           CASE WHEN p.deposit_end = 1 THEN p.total_minor - p.deposit_minor ELSE 0 END AS due_balance,
           COALESCE(m.deposits, 0) AS deposits, COALESCE(m.deposited, 0) AS deposited,
           COALESCE(m.forfeited, 0) AS forfeited, COALESCE(m.returned, 0) AS returned, COALESCE(m.added, 0) AS added,
           COALESCE(m.gained, 0) AS gained, COALESCE(m.lost, 0) AS lost, COALESCE(m.owed, 0) AS owed,
           COALESCE(m.balance, 0) AS balance
    FROM orders_purchase AS p
    LEFT JOIN moved AS m ON m.lane = ((p.order_ids[1] >> 12) & 1023)::smallint AND m.order_id = p.order_ids[1]
    WHERE p.deposit_minor > 0
), settled AS (
    SELECT order_id, merchant_id, currency, sum(minor) AS minor, sum(told) AS told, count(*) AS times
    FROM (
        SELECT order_id, merchant_id, currency, CASE kind WHEN 4 THEN amount_minor ELSE -amount_minor END AS minor, 0 AS told
        FROM settlement_depositdue
        UNION ALL
        SELECT order_id, merchant_id, currency, other_minor, other_minor FROM settlement_entry WHERE kind IN (4, 5)
    ) AS lines
    GROUP BY order_id, merchant_id, currency
), faults AS (
    SELECT format('order %s of merchant %s: its deposit left %s %s, of which %s are due or told %s times, %s told, '
                  '%s moved', COALESCE(o.id, s.order_id), COALESCE(o.merchant_id, s.merchant_id),
                  COALESCE(c.due_forfeited - c.due_added, 0), COALESCE(o.currency, s.currency), COALESCE(s.minor, 0),
                  COALESCE(s.times, 0), COALESCE(s.told, 0), COALESCE(c.gained - c.lost, 0)) AS what,
           abs(COALESCE(c.due_forfeited - c.due_added, 0) - COALESCE(s.minor, 0))
               + abs(COALESCE(s.told, 0) - COALESCE(c.gained - c.lost, 0)) AS off
    FROM compared AS c
    JOIN orders_order AS o ON o.lane = ((c.order_id >> 12) & 1023)::smallint AND o.id = c.order_id
    FULL JOIN settled AS s ON s.order_id = o.id AND s.merchant_id = o.merchant_id AND s.currency = o.currency
    WHERE COALESCE(c.due_forfeited - c.due_added, 0) <> COALESCE(s.minor, 0)
       OR COALESCE(s.told, 0) <> COALESCE(c.gained - c.lost, 0) OR s.times > 1
    UNION ALL
    SELECT format('purchase %s in state %s, deposit ended as %s: %s in, %s forfeited, %s returned, %s added, %s owed, '
                  'balance %s, total %s', id, state, deposit_end, deposited, forfeited, returned, added, owed, balance,
                  total_minor) AS what,
           abs(due_in - deposited) + abs(due_forfeited - forfeited) + abs(due_returned - returned)
               + abs(due_added - added) + abs(due_added - owed) + abs(due_balance - balance) AS off
    FROM compared
    WHERE (due_in, due_forfeited, due_returned, due_added, due_added, due_balance)
          <> (deposited, forfeited, returned, added, owed, balance)
       OR deposits > 1 OR deposit_end = 1 AND balance_minor IS DISTINCT FROM balance
       OR (deposited_at IS NULL OR state = 8) <> (deposit_end IS NULL)
)
SELECT (SELECT count(*) FROM compared), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
