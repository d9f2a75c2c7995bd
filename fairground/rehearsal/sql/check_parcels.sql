-- Compare the parcels of each order with its state, its lines and what went back of them before they were shipped.
-- Locks: nothing. States: 2 paid, 3 shipped, 4 delivered, 5 completed, 7 cancelled. An open withdrawal holds its order.
WITH lines AS (
    SELECT l.lane, l.order_id, l.line_no, l.quantity,
           COALESCE((SELECT sum(r.units) FROM orders_refund AS r WHERE r.lane = l.lane AND r.order_id = l.order_id
                     AND r.line_no = l.line_no AND r.restocked AND (r.at > i.shipped_at) IS NOT TRUE), 0) AS back,
           COALESCE((SELECT sum(s.units) FROM fulfilment_shipmentline AS s WHERE s.lane = l.lane
                     AND s.order_id = l.order_id AND s.line_no = l.line_no), 0) AS shipped
    FROM orders_orderline AS l
    LEFT JOIN orders_order AS i ON i.lane = l.lane AND i.id = l.order_id
), orders AS (
    SELECT o.lane, o.id, o.state, o.delivered_at, sum(l.quantity - l.back - l.shipped) AS here, sum(l.shipped) AS shipped,
           bool_or(l.back + l.shipped > l.quantity) AS beyond
    FROM orders_order AS o
    JOIN lines AS l ON l.lane = o.lane AND l.order_id = o.id
    GROUP BY o.lane, o.id, o.state, o.delivered_at
), faults AS (
    SELECT format('order %s in state %s: %s units are in parcels, %s are not', o.id, o.state, o.shipped, o.here) AS what,
           abs(o.here) AS off
    FROM orders AS o
    WHERE o.beyond OR o.state IN (3, 4, 5) AND o.here <> 0 OR o.state NOT IN (2, 3, 4, 5) AND o.shipped <> 0
       OR o.state = 2 AND o.shipped <> 0 AND o.here = 0
    UNION ALL
    SELECT format('parcel %s of order %s in state %s: delivered %s, the order %s', s.shipment_no, s.order_id, o.state,
                  s.delivered_at, o.delivered_at), 1
    FROM fulfilment_shipment AS s
    LEFT JOIN orders_order AS o ON o.lane = s.lane AND o.id = s.order_id
    WHERE o.id IS NULL OR s.delivered_at IS DISTINCT FROM o.delivered_at
       OR NOT EXISTS (SELECT FROM fulfilment_shipmentline AS l
                      WHERE l.lane = s.lane AND l.order_id = s.order_id AND l.shipment_no = s.shipment_no)
    UNION ALL
    SELECT format('line %s of parcel %s of order %s without one of them', l.line_no, l.shipment_no, l.order_id), l.units
    FROM fulfilment_shipmentline AS l
    WHERE NOT EXISTS (SELECT FROM fulfilment_shipment AS s
                      WHERE s.lane = l.lane AND s.order_id = l.order_id AND s.shipment_no = l.shipment_no)
       OR NOT EXISTS (SELECT FROM orders_orderline AS i
                      WHERE i.lane = l.lane AND i.order_id = l.order_id AND i.line_no = l.line_no)
    UNION ALL
    SELECT format('order %s in state %s: it waits for its receipt is %s, until %s', COALESCE(o.id, a.order_id), o.state,
                  a.order_id IS NOT NULL, a.due_at), 1
    FROM orders_order AS o
    FULL JOIN fulfilment_awaitedreceipt AS a ON a.lane = o.lane AND a.order_id = o.id
    LEFT JOIN fulfilment_withdrawal AS w ON w.lane = a.lane AND w.order_id = a.order_id AND w.settled_at IS NULL
    WHERE (COALESCE(o.state, 0) IN (3, 4)) <> (a.order_id IS NOT NULL)
       OR a.order_id IS NOT NULL AND (a.due_at IS NULL) <> (w.order_id IS NOT NULL)
    UNION ALL
    SELECT format('withdrawal from order %s, which is not that of shopper %s and purchase %s', w.order_id, w.shopper_id,
                  w.purchase_id), 1
    FROM fulfilment_withdrawal AS w
    LEFT JOIN orders_order AS o ON o.lane = w.lane AND o.id = w.order_id
    WHERE (o.shopper_id, o.purchase_id, o.merchant_id) IS DISTINCT FROM (w.shopper_id, w.purchase_id, w.merchant_id)
       OR w.outcome = 1 AND o.state <> 7
)
SELECT (SELECT count(*) FROM fulfilment_shipment) + (SELECT count(*) FROM fulfilment_withdrawal),
       (SELECT count(*) FROM faults), (SELECT COALESCE(sum(off), 0) FROM faults),
       ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
