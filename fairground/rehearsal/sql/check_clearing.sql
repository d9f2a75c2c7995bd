-- Compare what providers still have with what they took, gave back, paid out, kept and lost, by the rows of each.
-- Locks: nothing. Kinds of lines: 3 fee, 4 tax on it, 5 payout, 6 dispute, 7 dispute won, 9 exchange; of transfers: 60 to
-- 64 for those, 65 what covers a dispute, 66 what does not any more; a payment is taken in 5, a return done in 2, undone 4.
WITH moved AS (
    SELECT t.id, t.kind, t.amount_minor, t.currency, t.pending, d.address AS debit, c.address AS credit
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    WHERE t.kind BETWEEN 60 AND 66
), told AS (
    SELECT provider, captured_currency AS currency, sum(captured_minor) AS minor
    FROM payments_payment WHERE state = 5 GROUP BY 1, 2
    UNION ALL
    SELECT p.provider, r.currency, -sum(r.amount_minor)
    FROM payments_paymentrefund AS r
    JOIN payments_payment AS p ON p.lane = r.lane AND p.id = r.payment_id
    WHERE r.state = 2 AND r.dispute_id IS NULL GROUP BY 1, 2
    UNION ALL
    SELECT provider, currency, sum(CASE WHEN kind IN (7, 9) THEN amount_minor ELSE -amount_minor END)
    FROM payments_providerline GROUP BY 1, 2
), rows_say AS (
    SELECT provider, currency, sum(minor) AS minor FROM told GROUP BY 1, 2
), accounts_say AS (
    SELECT split_part(address, ':', 2) AS provider, currency, sum(debits_posted_minor - credits_posted_minor) AS minor
    FROM ledger_account WHERE address LIKE 'provider:%:clearing:%' GROUP BY 1, 2
), lines AS (
    SELECT l.*, format('provider:%s:clearing:%s', l.provider, l.currency) AS clearing,
           format('platform:%s:%s', CASE l.kind WHEN 3 THEN 'provider_fees' WHEN 4 THEN 'provider_fee_tax'
                  WHEN 5 THEN 'bank' WHEN 9 THEN 'exchange' ELSE 'disputes' END, l.currency) AS other,
           CASE l.kind WHEN 3 THEN 61 WHEN 4 THEN 62 WHEN 5 THEN 60 WHEN 9 THEN 63 ELSE 64 END AS transfer_kind,
           (l.kind IN (7, 9)) = (l.amount_minor > 0) AS comes_in
    FROM payments_providerline AS l
), faults AS (
    SELECT format('%s has %s %s, and its rows say %s', COALESCE(a.provider, r.provider), COALESCE(a.minor, 0),
                  COALESCE(a.currency, r.currency), COALESCE(r.minor, 0)) AS what,
           abs(COALESCE(a.minor, 0) - COALESCE(r.minor, 0)) AS off
    FROM accounts_say AS a
    FULL JOIN rows_say AS r ON r.provider = a.provider AND r.currency = a.currency
    WHERE COALESCE(a.minor, 0) <> COALESCE(r.minor, 0)
    UNION ALL
    SELECT format('line %s of %s: %s %s, moved %s', l.line_id, l.provider, l.amount_minor, l.currency, m.amount_minor),
           abs(l.amount_minor)
    FROM lines AS l
    LEFT JOIN moved AS m ON m.id = l.transfer_id
    WHERE (m.amount_minor = abs(l.amount_minor) AND m.currency = l.currency AND m.kind = l.transfer_kind
           AND NOT m.pending AND m.debit = CASE WHEN l.comes_in THEN l.clearing ELSE l.other END
           AND m.credit = CASE WHEN l.comes_in THEN l.other ELSE l.clearing END) IS NOT TRUE
    UNION ALL
    SELECT format('transfer %s of %s %s is of no line of a provider', m.id, m.amount_minor, m.currency), m.amount_minor
    FROM moved AS m
    WHERE m.kind <= 64 AND NOT EXISTS (SELECT FROM payments_providerline AS l WHERE l.transfer_id = m.id)
)
SELECT (SELECT count(*) FROM payments_providerline) + (SELECT count(*) FROM accounts_say),
       (SELECT count(*) FROM faults), (SELECT COALESCE(sum(off), 0) FROM faults),
       ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
