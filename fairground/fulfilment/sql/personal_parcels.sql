-- Read the parcels of the orders of these shoppers, by what "my purchases" names.
-- Locks: nothing.
SELECT s.order_id, s.shipment_no, s.carrier, s.tracking_number, s.shipped_at, s.delivered_at
FROM unnest(%(shopper_ids)s::bigint[]) AS w (shopper_id)
JOIN orders_shopperpurchase AS m ON m.lane = ((w.shopper_id >> 12) & 1023)::smallint AND m.shopper_id = w.shopper_id
JOIN orders_purchase AS p ON p.lane = ((m.purchase_id >> 12) & 1023)::smallint AND p.id = m.purchase_id
CROSS JOIN LATERAL unnest(p.order_ids) AS x (order_id)
JOIN fulfilment_shipment AS s ON s.lane = ((x.order_id >> 12) & 1023)::smallint AND s.order_id = x.order_id
ORDER BY s.order_id, s.shipment_no
