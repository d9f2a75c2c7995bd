-- Compare what providers took with the ledger: each payment has brought its money into a wallet once, and none else.
-- Locks: nothing. Kinds: 40 capture, 42 what is set aside of a wallet; states: 1 to 3 under way, 5 taken, 6 ended.
WITH moved AS (
    SELECT t.lane, t.id, t.kind, t.amount_minor, t.currency, t.pending, e.outcome, d.address AS debit,
           c.address AS credit
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    WHERE t.kind IN (40, 42)
), faults AS (
    SELECT format('payment %s took %s %s and moved %s', p.id, p.captured_minor, p.captured_currency, m.amount_minor)
               AS what,
           abs(p.captured_minor - COALESCE(m.amount_minor, 0)) AS off
    FROM payments_payment AS p
    LEFT JOIN moved AS m ON m.kind = 40 AND m.lane = p.lane AND m.id = p.transfer_id
    WHERE p.state = 5
      AND (m.amount_minor = p.captured_minor AND m.currency = p.captured_currency AND NOT m.pending
           AND m.debit = format('provider:%s:clearing:%s', p.provider, p.captured_currency)
           AND m.credit LIKE 'shopper:%:wallet:' || p.captured_currency) IS NOT TRUE
    UNION ALL
    SELECT format('transfer %s of %s %s came in for no payment', m.id, m.amount_minor, m.currency), m.amount_minor
    FROM moved AS m
    WHERE m.kind = 40
      AND NOT EXISTS (SELECT FROM payments_payment AS p WHERE p.transfer_id = m.id AND p.lane = m.lane AND p.state = 5)
    UNION ALL
    SELECT format('payment %s in state %s set %s aside, moved %s, ended %s', p.id, p.state, p.wallet_minor,
                  m.amount_minor, m.outcome), p.wallet_minor
    FROM payments_payment AS p
    LEFT JOIN moved AS m ON m.kind = 42 AND m.id = p.hold_id
    WHERE p.hold_id IS NOT NULL
      AND (m.amount_minor = p.wallet_minor AND m.currency = p.currency AND m.pending
           AND m.outcome IS NOT DISTINCT FROM CASE WHEN p.state IN (1, 2, 3) THEN NULL ELSE 2 END) IS NOT TRUE
    UNION ALL
    SELECT format('transfer %s of %s %s is set aside for no payment', m.id, m.amount_minor, m.currency), m.amount_minor
    FROM moved AS m
    WHERE m.kind = 42 AND NOT EXISTS (SELECT FROM payments_payment AS p WHERE p.hold_id = m.id)
    UNION ALL
    SELECT format('payment %s paid purchase %s in state %s', p.id, p.purchase_id, b.state), p.captured_minor
    FROM payments_payment AS p
    LEFT JOIN orders_purchase AS b ON b.lane = ((p.purchase_id >> 12) & 1023)::smallint AND b.id = p.purchase_id
    WHERE p.purchase_id IS NOT NULL
      AND (b.id IS NULL OR p."end" IN (1, 2) AND b.paid_at IS NULL AND b.deposited_at IS NULL OR p."end" = 3)
    UNION ALL
    SELECT format('payment %s without shopper %s', p.id, p.shopper_id), 0
    FROM payments_payment AS p
    WHERE NOT EXISTS (SELECT FROM identity_shopper AS s WHERE s.id = p.shopper_id)
)
SELECT (SELECT count(*) FROM payments_payment), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
