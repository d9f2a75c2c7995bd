-- Put all that is left of orders into a parcel each of which nobody said how it left, and return the orders of those.
-- Locks: the rows of the lines (the trigger of INV-32); the turn keeps other batches out.
WITH left_over AS (
    SELECT l.lane, l.order_id, l.line_no, l.quantity - COALESCE(r.units, 0) - COALESCE(s.units, 0) AS units
    FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
    JOIN orders_orderline AS l ON l.lane = w.lane AND l.order_id = w.id
    LEFT JOIN LATERAL (
        SELECT sum(i.units) AS units FROM orders_refund AS i
        WHERE i.lane = l.lane AND i.order_id = l.order_id AND i.line_no = l.line_no AND i.restocked
    ) AS r ON true
    LEFT JOIN LATERAL (
        SELECT sum(i.units) AS units FROM fulfilment_shipmentline AS i
        WHERE i.lane = l.lane AND i.order_id = l.order_id AND i.line_no = l.line_no
    ) AS s ON true
), parcels AS (
    INSERT INTO fulfilment_shipment (lane, order_id, shipment_no, carrier, tracking_number, shipped_at)
    SELECT o.lane, o.order_id, 1 + COALESCE((SELECT max(shipment_no) FROM fulfilment_shipment AS i
                                             WHERE i.lane = o.lane AND i.order_id = o.order_id), 0), '', '', %(at)s
    FROM (SELECT DISTINCT lane, order_id FROM left_over WHERE units > 0) AS o
    RETURNING lane, order_id, shipment_no
)
INSERT INTO fulfilment_shipmentline (lane, order_id, shipment_no, line_no, units)
SELECT p.lane, p.order_id, p.shipment_no, f.line_no, f.units
FROM parcels AS p
JOIN left_over AS f ON f.lane = p.lane AND f.order_id = p.order_id AND f.units > 0
