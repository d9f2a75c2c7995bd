-- Compare each payout with its statement's lines, its rate and its transfers, and what merchants are owed with both.
-- Locks: nothing. States: 4 confirmed, 5 failed; outcomes: 1 posted, 2 voided; kinds: 56 payout, 57 exchange. A payout
-- is the lines with ids above one up to another, so one that did not fail shares none with another of its merchant.
WITH lines AS (
    SELECT p.id, COALESCE(sum(e.payable_minor), 0) AS lines_minor
    FROM settlement_payout AS p
    LEFT JOIN settlement_entry AS e ON e.lane = p.lane AND e.merchant_id = p.merchant_id AND e.currency = p.currency
         AND e.id > p.after_id AND e.id <= p.until_id
    GROUP BY p.id
), held AS (
    SELECT p.id, array_agg((t.amount_minor, t.currency, t.pending, e.outcome)::text ORDER BY t.id) AS transfers,
           array_agg((n.minor, n.currency, true, CASE p.state WHEN 4 THEN 1 WHEN 5 THEN 2 END)::text
                     ORDER BY n.transfer_id) AS due
    FROM settlement_payout AS p
    CROSS JOIN LATERAL (
        SELECT p.hold_id AS transfer_id, p.amount_minor AS minor, p.currency
        UNION ALL SELECT p.exchange_id, p.paid_minor, p.paid_currency WHERE p.exchange_id IS NOT NULL
    ) AS n
    LEFT JOIN ledger_transfer AS t ON t.lane = p.lane AND t.id = n.transfer_id AND t.kind IN (56, 57)
    LEFT JOIN ledger_transferend AS e ON e.lane = t.lane AND e.transfer_id = t.id
    GROUP BY p.id
), owed AS (
    SELECT merchant_id, currency, sum(minor) AS minor
    FROM (
        SELECT merchant_id, currency, payable_minor AS minor FROM settlement_entry
        UNION ALL SELECT merchant_id, currency, -amount_minor FROM settlement_payout WHERE state = 4
    ) AS changes
    GROUP BY merchant_id, currency
), accounts AS (
    SELECT address, credits_posted_minor - debits_posted_minor AS minor
    FROM ledger_account WHERE address LIKE 'merchant:%:payable:%'
), faults AS (
    SELECT format('payout %s of %s %s: its lines are %s, its transfers %s', p.id, p.amount_minor, p.currency,
                  l.lines_minor, h.transfers) AS what, abs(p.amount_minor - l.lines_minor) AS off
    FROM settlement_payout AS p
    JOIN lines AS l ON l.id = p.id
    JOIN held AS h ON h.id = p.id
    WHERE p.amount_minor <> l.lines_minor OR h.transfers <> h.due
    UNION ALL
    SELECT format('payouts %s and %s share lines', p.id, q.id), LEAST(p.amount_minor, q.amount_minor)
    FROM settlement_payout AS p
    JOIN settlement_payout AS q ON q.merchant_id = p.merchant_id AND q.currency = p.currency AND q.id > p.id
         AND q.after_id < p.until_id AND p.after_id < q.until_id
    WHERE p.state <> 5 AND q.state <> 5
    UNION ALL
    SELECT format('merchant %s is owed %s %s, its account has %s', o.merchant_id, o.minor, o.currency,
                  COALESCE(a.minor, 0)), abs(o.minor - COALESCE(a.minor, 0))
    FROM owed AS o
    LEFT JOIN accounts AS a ON a.address = format('merchant:%s:payable:%s', o.merchant_id, o.currency)
    WHERE o.minor <> COALESCE(a.minor, 0)
    UNION ALL
    SELECT format('%s has %s and no lines', a.address, a.minor), abs(a.minor)
    FROM accounts AS a
    WHERE a.minor <> 0 AND NOT EXISTS (
        SELECT FROM owed AS o WHERE a.address = format('merchant:%s:payable:%s', o.merchant_id, o.currency)
    )
)
SELECT (SELECT count(*) FROM settlement_payout), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
