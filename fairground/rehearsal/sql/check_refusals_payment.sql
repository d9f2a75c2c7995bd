-- Judge refused payments by the purchase, its state and the wallet.
-- Locks: nothing. The least a wallet can have held: what came in before the request, less all that went out until the
-- answer; margins as in check_refusals_stock.sql. What is due of a presale is its deposit, or its balance, which was as
-- much more as the price guarantee took off since.
WITH refused AS (
    SELECT r.line_no, r.code, r.facts, r.request, r.shopper_id, r.sent_at, r.answered_at, p.id, p.state, p.currency,
           p.total_minor, p.pay_before, p.paid_at, p.deposit_minor, p.deposited_at, p.balance_opens_at, p.balance_closes_at,
           w.id AS wallet_id,
           CASE WHEN p.deposit_minor > 0 THEN (r.facts ->> 'total_minor')::bigint ELSE p.total_minor END AS due_minor,
           GREATEST(p.deposit_minor, p.total_minor - p.deposit_minor + 2 * COALESCE(g.cut_minor, 0)) AS most_minor
    FROM verify_refusal AS r
    LEFT JOIN orders_purchase AS p ON p.lane = ((r.purchase_id >> 12) & 1023)::smallint AND p.id = r.purchase_id
         AND p.shopper_id = r.shopper_id
    LEFT JOIN LATERAL (
        SELECT sum(d.amount_minor) AS cut_minor
        FROM orders_linediscount AS d
        WHERE d.lane = ((p.order_ids[1] >> 12) & 1023)::smallint AND d.order_id = p.order_ids[1]
          AND d.source LIKE 'guarantee:%'
    ) AS g ON p.deposit_minor > 0
    LEFT JOIN ledger_account AS w ON w.lane = ((r.shopper_id >> 12) & 1023)::smallint
         AND w.address = format('shopper:%s:wallet:%s', r.shopper_id, p.currency)
    WHERE r.judge = 'payment'
), moved AS (
    SELECT debit_account_id AS wallet_id, -amount_minor AS amount_minor, at FROM ledger_transfer
    UNION ALL SELECT credit_account_id, amount_minor, at FROM ledger_transfer WHERE NOT pending
), wallets AS (
    SELECT f.line_no, sum(v.amount_minor) AS least_minor
    FROM refused AS f
    JOIN moved AS v ON v.wallet_id = f.wallet_id
         AND CASE WHEN v.amount_minor > 0 THEN v.at < f.sent_at - interval '1 minute'
                  ELSE v.at <= f.answered_at + interval '100 ms' END
    WHERE f.code = 'insufficient-funds'
    GROUP BY f.line_no
), judged AS (
    SELECT f.line_no, f.code, CASE f.code
        WHEN 'unknown-purchase' THEN f.id IS NULL
        WHEN 'already-paid' THEN f.paid_at <= f.answered_at + interval '100 ms'
        WHEN 'purchase-ended' THEN f.state IN (6, 7) OR f.pay_before <= f.answered_at + interval '100 ms'
        WHEN 'wrong-currency' THEN f.currency <> f.request ->> 'currency' AND f.currency = f.facts ->> 'currency'
        WHEN 'balance-not-open' THEN f.deposited_at <= f.answered_at + interval '100 ms'
            AND f.sent_at < f.balance_opens_at + interval '100 ms'
        WHEN 'balance-closed' THEN f.deposited_at IS NOT NULL
            AND f.answered_at >= f.balance_closes_at - interval '100 ms'
        WHEN 'wrong-amount' THEN f.due_minor::text <> f.request ->> 'amount_minor'
            AND f.due_minor::text = f.facts ->> 'total_minor' AND f.due_minor BETWEEN 0 AND f.most_minor
        WHEN 'insufficient-funds' THEN f.due_minor::text = f.facts ->> 'total_minor'
            AND f.due_minor BETWEEN 0 AND f.most_minor
            AND (f.facts ->> 'available_minor')::bigint < f.due_minor
            AND (f.facts ->> 'available_minor')::bigint >= COALESCE(w.least_minor, 0)
        END AS holds
    FROM refused AS f
    LEFT JOIN wallets AS w ON w.line_no = f.line_no
), faults AS (
    SELECT format('line %s: %s was not true', line_no, code) AS what FROM judged WHERE holds IS NOT TRUE
)
SELECT (SELECT count(*) FROM judged), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
