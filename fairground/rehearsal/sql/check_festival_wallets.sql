-- Compare what wallets hold with what came in, went out and came back, by currency, and each with what was told of it.
-- Locks: nothing. Kinds of transfers: 1 top-up, 2 purchase, 3 refund, 10 prize, 11 payment exemption, 20 deposit,
-- 22 deposit returned, 23 penalty, 24 price guarantee, 30 price protection. State 7 is cancelled.
WITH told AS (
    SELECT *
    FROM unnest(%(currencies)s::text[], %(topped_up)s::numeric[], %(paid)s::numeric[], %(refunded)s::numeric[])
        AS t (currency, topped_up, paid, refunded)
), wallets AS (
    SELECT id, currency, credits_posted_minor - debits_posted_minor AS balance
    FROM ledger_account
    WHERE address LIKE 'shopper:%%:wallet:%%'
), moved AS (
    SELECT t.kind, t.currency, t.amount_minor, t.debit_account_id, t.credit_account_id
    FROM ledger_transfer AS t
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE NOT t.pending OR e.outcome = 1
), flows AS (
    SELECT m.currency, m.kind, m.amount_minor AS came, 0 AS went FROM moved AS m JOIN wallets AS w ON w.id = m.credit_account_id
    UNION ALL
    SELECT m.currency, m.kind, 0, m.amount_minor FROM moved AS m JOIN wallets AS w ON w.id = m.debit_account_id
), sums AS (
    SELECT currency,
           COALESCE(sum(came) FILTER (WHERE kind = 1), 0) AS topped_up,
           COALESCE(sum(went) FILTER (WHERE kind IN (2, 20)), 0) AS paid,
           COALESCE(sum(came) FILTER (WHERE kind IN (3, 30)), 0) AS refunded,
           COALESCE(sum(came) FILTER (WHERE kind IN (10, 11)), 0) AS won,
           COALESCE(sum(came) FILTER (WHERE kind IN (22, 23, 24)), 0) AS returned
    FROM flows
    GROUP BY currency
), held AS (
    SELECT currency, sum(balance) AS balance FROM wallets GROUP BY currency
), cancelled AS (
    SELECT o.currency, sum(o.total_minor) AS refunded
    FROM unnest(%(order_ids)s::bigint[]) AS x (id)
    JOIN orders_order AS o ON o.lane = ((x.id >> 12) & 1023)::smallint AND o.id = x.id AND o.state = 7
    GROUP BY o.currency
), awarded AS (
    SELECT currency, sum(amount_minor) AS won FROM draws_award GROUP BY currency
), compared AS (
    SELECT currency, COALESCE(h.balance, 0) AS balance, COALESCE(s.topped_up, 0) AS topped_up,
           COALESCE(t.topped_up, 0) AS told_topped_up, COALESCE(s.paid, 0) AS paid, COALESCE(t.paid, 0) AS told_paid,
           COALESCE(s.refunded, 0) AS refunded, COALESCE(c.refunded, 0) + COALESCE(t.refunded, 0) AS told_refunded, COALESCE(s.won, 0) AS won,
           COALESCE(a.won, 0) AS told_won, COALESCE(s.returned, 0) AS returned
    FROM told AS t
    FULL JOIN held AS h USING (currency)
    FULL JOIN sums AS s USING (currency)
    FULL JOIN cancelled AS c USING (currency)
    FULL JOIN awarded AS a USING (currency)
), faults AS (
    SELECT format('%%s: wallets hold %%s; %%s topped up (told %%s), %%s paid (told %%s), %%s refunded (told %%s), '
                  '%%s won (awarded %%s), %%s of deposits back', currency, balance, topped_up, told_topped_up, paid,
                  told_paid, refunded, told_refunded, won, told_won, returned) AS what,
           abs(balance - (topped_up - paid + refunded + won + returned)) + abs(topped_up - told_topped_up)
               + abs(paid - told_paid) + abs(refunded - told_refunded) + abs(won - told_won) AS off
    FROM compared
)
SELECT (SELECT count(*) FROM wallets), (SELECT count(*) FROM faults WHERE off > 0),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults WHERE off > 0 LIMIT 5)
