-- Compare what was set off between currencies with its two lines and its two transfers, and look for lines without any.
-- Locks: nothing. Kind 6 of lines, and 59 of transfers, are of what is set off. What is taken goes from the merchant to
-- the exchange in one currency, and what is given the other way in the other.
WITH sides AS (
    SELECT id, lane, merchant_id, taken_entry_id AS entry_id, taken_transfer_id AS transfer_id,
           taken_currency AS currency, -taken_minor AS minor, true AS is_taken
    FROM settlement_setoff
    UNION ALL
    SELECT id, lane, merchant_id, given_entry_id, given_transfer_id, given_currency, given_minor, false
    FROM settlement_setoff
), lines AS (
    SELECT lane, id, merchant_id, currency, other_minor FROM settlement_entry WHERE kind = 6
), moved AS (
    SELECT t.lane, t.id, t.currency, t.amount_minor, d.address AS debit, c.address AS credit
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = t.lane AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = t.lane AND c.id = t.credit_account_id
    WHERE t.kind = 59 AND NOT t.pending
), compared AS (
    SELECT COALESCE(s.id, 0) AS id, s.merchant_id, s.currency, s.minor, l.other_minor AS told,
           CASE WHEN m.debit = a.payable AND m.credit = a.exchange THEN -m.amount_minor
                WHEN m.debit = a.exchange AND m.credit = a.payable THEN m.amount_minor END AS moved
    FROM sides AS s
    CROSS JOIN LATERAL (
        SELECT format('merchant:%s:payable:%s', s.merchant_id, s.currency) AS payable,
               format('platform:exchange:%s', s.currency) AS exchange
    ) AS a
    LEFT JOIN lines AS l ON l.lane = s.lane AND l.id = s.entry_id AND l.merchant_id = s.merchant_id
         AND l.currency = s.currency
    LEFT JOIN moved AS m ON m.lane = s.lane AND m.id = s.transfer_id AND m.currency = s.currency
), faults AS (
    SELECT format('set off %s of merchant %s: %s %s, told %s, moved %s', id, merchant_id, minor, currency, told, moved)
               AS what, abs(minor - COALESCE(moved, 0)) AS off
    FROM compared
    WHERE (minor, minor) IS DISTINCT FROM (told, moved)
    UNION ALL
    SELECT format('a line %s of merchant %s that was set off against nothing', l.id, l.merchant_id), abs(l.other_minor)
    FROM lines AS l
    WHERE NOT EXISTS (SELECT FROM sides AS s WHERE s.lane = l.lane AND s.entry_id = l.id)
    UNION ALL
    SELECT format('transfer %s sets off and no line says so', m.id), m.amount_minor
    FROM moved AS m
    WHERE NOT EXISTS (SELECT FROM sides AS s WHERE s.lane = m.lane AND s.transfer_id = m.id)
)
SELECT (SELECT count(*) FROM settlement_setoff), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
