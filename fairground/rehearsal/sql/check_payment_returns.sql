-- Compare what goes back to providers with the pending transfers that carry it, and with what they took.
-- Locks: nothing. Kinds 41, and 45 back again; states: 1 asked for, 2 done, 3 failed, 4 undone; of a transfer the
-- outcome: 1 posted, 2 voided. What a dispute took of a payment counts as gone, and is looked at with the disputes.
WITH moved AS (
    SELECT t.id, t.kind, t.amount_minor, t.currency, t.pending, e.outcome, d.address AS debit, c.address AS credit
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE t.kind IN (41, 45)
), returns AS (
    SELECT r.*, p.provider, p.captured_minor, p.captured_currency, p.state AS payment_state, p."end" AS payment_end
    FROM payments_paymentrefund AS r
    LEFT JOIN payments_payment AS p ON p.lane = r.lane AND p.id = r.payment_id
), taken AS (
    SELECT lane, money_of, sum(amount_minor) AS minor FROM payments_paymentrefund WHERE money_of IS NOT NULL GROUP BY 1, 2
), faults AS (
    SELECT format('return %s of %s %s in state %s moved %s, ended %s', r.id, r.amount_minor, r.currency, r.state,
                  m.amount_minor, m.outcome) AS what, r.amount_minor AS off
    FROM returns AS r
    LEFT JOIN moved AS m ON m.id = r.transfer_id
    WHERE r.dispute_id IS NULL
      AND (m.amount_minor = r.amount_minor AND m.currency = r.currency AND m.pending
           AND m.debit LIKE 'shopper:%:wallet:' || r.currency
           AND m.credit = format('provider:%s:clearing:%s', r.provider, r.currency)
           AND m.outcome IS NOT DISTINCT FROM CASE r.state WHEN 2 THEN 1 WHEN 3 THEN 2 WHEN 4 THEN 1 END) IS NOT TRUE
    UNION ALL
    SELECT format('transfer %s of %s %s goes back for no payment', m.id, m.amount_minor, m.currency), m.amount_minor
    FROM moved AS m
    WHERE m.kind = 41 AND NOT EXISTS (SELECT FROM payments_paymentrefund AS r WHERE r.transfer_id = m.id)
    UNION ALL
    SELECT format('return %s of %s %s is undone by no transfer', r.id, r.amount_minor, r.currency), r.amount_minor
    FROM returns AS r
    WHERE r.state = 4 AND r.dispute_id IS NULL AND NOT EXISTS (SELECT FROM moved AS m WHERE m.id = r.undone_transfer_id AND m.kind = 45)
    UNION ALL
    SELECT format('transfer %s of %s %s came back of no return', m.id, m.amount_minor, m.currency), m.amount_minor
    FROM moved AS m
    LEFT JOIN returns AS r ON r.undone_transfer_id = m.id
    WHERE m.kind = 45
      AND (m.amount_minor = r.amount_minor AND m.currency = r.currency AND NOT m.pending AND r.state = 4
           AND m.credit LIKE 'shopper:%:wallet:' || r.currency
           AND m.debit = format('provider:%s:clearing:%s', r.provider, r.currency)) IS NOT TRUE
    UNION ALL
    SELECT format('payment %s took %s %s, and %s goes back', payment_id, max(captured_minor), max(captured_currency),
                  sum(amount_minor)), sum(amount_minor) - COALESCE(max(captured_minor), 0)
    FROM returns
    WHERE state NOT IN (3, 4)
    GROUP BY lane, payment_id
    HAVING (sum(amount_minor) <= max(captured_minor) AND bool_and(currency = captured_currency)) IS NOT TRUE
    UNION ALL
    SELECT format('return %s of %s %s asks again for %s, which did not fail so', r.id, r.amount_minor, r.currency,
                  r.again_of), r.amount_minor
    FROM payments_paymentrefund AS r
    LEFT JOIN payments_paymentrefund AS f ON f.lane = r.lane AND f.id = r.again_of
    LEFT JOIN taken AS t ON t.lane = r.lane AND t.money_of = r.again_of
    WHERE r.again_of IS NOT NULL
      AND (f.payment_id = r.payment_id AND f.amount_minor = r.amount_minor + COALESCE(t.minor, 0)
           AND f.currency = r.currency AND f.order_id IS NOT DISTINCT FROM r.order_id AND f.state IN (3, 4)
           AND f.dispute_id IS NULL AND f.id < r.id) IS NOT TRUE
    UNION ALL
    SELECT format('return %s is asked for again %s times', again_of, count(*)), sum(amount_minor)
    FROM payments_paymentrefund
    WHERE again_of IS NOT NULL
    GROUP BY again_of
    HAVING count(*) > 1
    UNION ALL
    SELECT format('payment %s of %s %s is used for nothing, and %s goes back', p.id, p.captured_minor,
                  p.captured_currency, COALESCE(sum(r.amount_minor), 0)), p.captured_minor
    FROM payments_payment AS p
    LEFT JOIN payments_paymentrefund AS r ON r.lane = p.lane AND r.payment_id = p.id AND r.dispute_id IS NULL
          AND r.again_of IS NULL
    WHERE p."end" = 4
    GROUP BY p.lane, p.id
    HAVING COALESCE(sum(r.amount_minor), 0) < p.captured_minor
)
SELECT (SELECT count(*) FROM payments_paymentrefund), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
