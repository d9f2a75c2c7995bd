-- Read the purchases of a shopper by id downwards, by the read table's key.
-- Locks: nothing. The lane of a purchase stands in its id: ten bits above the twelve of its sequence.
SELECT p.id, p.random_bits, p.shopper_id, p.market, p.currency, p.total_minor, cardinality(p.order_ids), p.state,
       p.placed_at, p.id, NULL::bigint
FROM orders_shopperpurchase AS s
JOIN orders_purchase AS p ON p.lane = ((s.purchase_id >> 12) & 1023)::smallint AND p.id = s.purchase_id
WHERE s.lane = %(lane)s::smallint AND s.shopper_id = %(shopper_id)s
  AND s.purchase_id < %(before_id)s AND s.purchase_id >= %(from_id)s
  AND (%(state)s::smallint IS NULL OR p.state = %(state)s)
ORDER BY s.purchase_id DESC
LIMIT %(rows_max)s
