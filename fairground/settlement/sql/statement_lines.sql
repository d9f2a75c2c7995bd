-- Read the next lines of a payout's statement, each with the number of its order's purchase where it has an order.
-- Locks: nothing; lines never change.
SELECT e.id, o.purchase_id, p.random_bits, o.position, e.kind, e.at, e.escrow_minor, e.discounts_minor,
       e.commission_minor, e.fee_tax_minor, e.creator_minor, e.reserve_minor, e.other_minor, e.payable_minor
FROM settlement_entry AS e
LEFT JOIN orders_order AS o ON o.lane = e.lane AND o.id = e.order_id
LEFT JOIN orders_purchase AS p ON p.lane = o.purchase_lane AND p.id = o.purchase_id
WHERE e.lane = %(lane)s AND e.merchant_id = %(merchant_id)s AND e.currency = %(currency)s
  AND e.id > %(after_id)s AND e.id <= %(until_id)s
ORDER BY e.id
LIMIT %(lines_max)s
