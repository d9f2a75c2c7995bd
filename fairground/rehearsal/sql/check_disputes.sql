-- Compare disputes with the lines of providers' books that made them, and with the refunds that cover them.
-- Locks: nothing. Lines: 6 dispute, 7 dispute won; transfers: 65 what covers one, 66 what does not any more; of what
-- covers one the states: 2 it does, 4 it does not any more.
WITH moved AS (
    SELECT t.id, t.kind, t.amount_minor, t.currency, t.pending, d.address AS debit, c.address AS credit
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    WHERE t.kind IN (65, 66)
), taken AS (
    SELECT provider, ref, currency, sum(CASE kind WHEN 6 THEN amount_minor ELSE -amount_minor END) AS minor
    FROM payments_providerline WHERE kind IN (6, 7) GROUP BY 1, 2, 3
), covers AS (
    SELECT r.*, d.currency AS dispute_currency, d.payment_id AS dispute_payment
    FROM payments_paymentrefund AS r
    LEFT JOIN payments_dispute AS d ON d.id = r.dispute_id
    WHERE r.dispute_id IS NOT NULL
), faults AS (
    SELECT format('dispute %s of %s took %s %s, and its lines say %s', d.ref, d.provider, d.taken_minor, d.currency,
                  COALESCE(t.minor, 0)) AS what, abs(d.taken_minor - COALESCE(t.minor, 0)) AS off
    FROM payments_dispute AS d
    LEFT JOIN taken AS t ON t.provider = d.provider AND t.ref = d.ref AND t.currency = d.currency
    WHERE d.taken_minor <> COALESCE(t.minor, 0)
    UNION ALL
    SELECT format('%s took %s %s for %s, which is no dispute', t.provider, t.minor, t.currency, t.ref), abs(t.minor)
    FROM taken AS t
    WHERE NOT EXISTS (SELECT FROM payments_dispute AS d WHERE d.provider = t.provider AND d.ref = t.ref)
    UNION ALL
    SELECT format('dispute %s has %s %s covered, and refunds of %s', d.ref, d.covered_minor, d.currency,
                  COALESCE(c.minor, 0)), abs(d.covered_minor - COALESCE(c.minor, 0))
    FROM payments_dispute AS d
    LEFT JOIN (SELECT dispute_id, sum(amount_minor) AS minor FROM covers WHERE state = 2 GROUP BY 1) AS c
         ON c.dispute_id = d.id
    WHERE d.covered_minor <> COALESCE(c.minor, 0) OR d.covered_minor > GREATEST(d.taken_minor, 0)
    UNION ALL
    SELECT format('refund %s of %s %s covers dispute %s and moved %s', c.id, c.amount_minor, c.currency, c.dispute_id,
                  m.amount_minor), c.amount_minor
    FROM covers AS c
    LEFT JOIN moved AS m ON m.id = c.transfer_id AND m.kind = 65
    LEFT JOIN moved AS u ON u.id = c.undone_transfer_id AND u.kind = 66
    WHERE (m.amount_minor = c.amount_minor AND m.currency = c.currency AND c.currency = c.dispute_currency
           AND c.payment_id = c.dispute_payment AND NOT m.pending
           AND m.debit LIKE 'shopper:%:wallet:' || c.currency AND m.credit = 'platform:disputes:' || c.currency
           AND (c.state = 2 OR c.state = 4 AND u.amount_minor = c.amount_minor AND u.currency = c.currency
                AND u.debit = 'platform:disputes:' || c.currency AND u.credit LIKE 'shopper:%:wallet:' || c.currency)
          ) IS NOT TRUE
    UNION ALL
    SELECT format('disputes took %s of return %s, which left %s in a wallet', t.minor, t.money_of, f.amount_minor),
           t.minor
    FROM (SELECT lane, money_of, sum(amount_minor) AS minor, min(payment_id) AS payment_id, min(currency) AS currency,
                 count(DISTINCT (payment_id, order_id, currency)) AS kinds, min(order_id) AS order_id
          FROM covers WHERE money_of IS NOT NULL GROUP BY 1, 2) AS t
    LEFT JOIN payments_paymentrefund AS f ON f.lane = t.lane AND f.id = t.money_of
    WHERE (f.state IN (3, 4) AND f.dispute_id IS NULL AND t.minor <= f.amount_minor AND t.kinds = 1
           AND f.payment_id = t.payment_id AND f.currency = t.currency AND f.order_id IS NOT DISTINCT FROM t.order_id
          ) IS NOT TRUE
    UNION ALL
    SELECT format('transfer %s of %s %s is for no dispute', m.id, m.amount_minor, m.currency), m.amount_minor
    FROM moved AS m
    WHERE NOT EXISTS (SELECT FROM covers AS c WHERE m.id IN (c.transfer_id, c.undone_transfer_id))
)
SELECT (SELECT count(*) FROM payments_dispute), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
