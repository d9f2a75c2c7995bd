-- Read the next lines of a payout's statement, each with the number of its order's purchase, or with what it was set off.
-- Locks: nothing; lines never change. Kind 6 is set off: its other side, and what one unit taken was of what was given.
SELECT e.id, o.purchase_id, p.random_bits, o.position, e.kind, e.at, e.escrow_minor, e.discounts_minor,
       e.commission_minor, e.fee_tax_minor, e.creator_minor, e.reserve_minor, e.other_minor, e.payable_minor,
       s.minor, s.currency, s.source, s.target, s.rate_numerator, s.rate_denominator, s.rate_quoted_at
FROM settlement_entry AS e
LEFT JOIN orders_order AS o ON o.lane = e.lane AND o.id = e.order_id
LEFT JOIN orders_purchase AS p ON p.lane = o.purchase_lane AND p.id = o.purchase_id
LEFT JOIN LATERAL (
    SELECT given_minor AS minor, given_currency AS currency, taken_currency AS source,
           given_currency AS target, rate_numerator, rate_denominator, rate_quoted_at
    FROM settlement_setoff WHERE e.kind = 6 AND taken_entry_id = e.id
    UNION ALL
    SELECT taken_minor, taken_currency, taken_currency, given_currency, rate_numerator, rate_denominator,
           rate_quoted_at
    FROM settlement_setoff WHERE e.kind = 6 AND given_entry_id = e.id
) AS s ON true
WHERE e.lane = %(lane)s AND e.merchant_id = %(merchant_id)s AND e.currency = %(currency)s
  AND e.id > %(after_id)s AND e.id <= %(until_id)s
ORDER BY e.id
LIMIT %(lines_max)s
