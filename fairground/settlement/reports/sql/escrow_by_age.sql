-- Add up what lies in each escrow account by the age and state of the orders that it is of, with the account's balance.
-- Locks: nothing. One pass over all transfers, from which alone the amounts are; the balance is the account's row.
WITH escrow AS MATERIALIZED (
    SELECT id, split_part(address, ':', 2)::bigint AS merchant_id, currency,
           credits_posted_minor - debits_posted_minor AS balance_minor
    FROM ledger_account
    WHERE address LIKE 'merchant:%%:escrow:%%'
), sides AS (
    SELECT lane, id, order_id, pending, credit_account_id AS account_id, amount_minor FROM ledger_transfer
    UNION ALL
    SELECT lane, id, order_id, pending, debit_account_id, -amount_minor FROM ledger_transfer
), lying AS (
    SELECT s.account_id, s.lane, s.order_id, sum(s.amount_minor) AS amount_minor
    FROM sides AS s
    JOIN escrow AS e ON e.id = s.account_id
    LEFT JOIN ledger_transferend AS x ON s.pending AND x.lane = s.lane AND x.transfer_id = s.id
    WHERE NOT s.pending OR x.outcome = %(outcome_posted)s
    GROUP BY s.account_id, s.lane, s.order_id
    HAVING sum(s.amount_minor) <> 0
), aged AS (
    SELECT l.account_id, o.state, l.amount_minor,
           width_bucket(
               floor(extract(epoch FROM %(now)s - COALESCE(o.paid_at, (
                   SELECT p.deposited_at FROM orders_purchase AS p
                   WHERE p.lane = o.purchase_lane AND p.id = o.purchase_id
               ))) / 86400)::integer,
               %(first_days)s::integer[]
           ) AS age
    FROM lying AS l
    LEFT JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
), parts AS (
    SELECT account_id, state, age, sum(amount_minor)::bigint AS amount_minor, count(*)::bigint AS orders
    FROM aged
    GROUP BY account_id, state, age
)
SELECT e.merchant_id, COALESCE(m.slug, ''), COALESCE(m.name, ''), e.currency, e.balance_minor,
       p.state, p.age, COALESCE(p.amount_minor, 0), COALESCE(p.orders, 0)
FROM escrow AS e
LEFT JOIN parts AS p ON p.account_id = e.id
LEFT JOIN merchants_merchant AS m ON m.id = e.merchant_id
WHERE p.account_id IS NOT NULL OR e.balance_minor <> 0
ORDER BY e.currency, e.merchant_id, p.state, p.age
