-- Find rows of the trade whose owner is not there: hot tables have no foreign keys, which halve the rate.
-- Locks: nothing. Orders without lines and purchases without orders don't add up and are found there. Line 0 is
-- the shipping, of which there is some wherever there is a line 1; line -n is duty n.
WITH faults AS (
    SELECT format('order %s without purchase %s', o.id, o.purchase_id) AS what
    FROM orders_order AS o
    WHERE NOT EXISTS (SELECT FROM orders_purchase AS p WHERE p.lane = o.purchase_lane AND p.id = o.purchase_id)
    UNION ALL
    SELECT format('line %s without order %s', l.line_no, l.order_id)
    FROM orders_orderline AS l
    WHERE NOT EXISTS (SELECT FROM orders_order AS o WHERE o.lane = l.lane AND o.id = l.order_id)
    UNION ALL
    SELECT format('discount %s without line %s of order %s', d.step, d.line_no, d.order_id)
    FROM orders_linediscount AS d
    WHERE NOT EXISTS (
        SELECT FROM orders_orderline AS l
        WHERE l.lane = d.lane AND l.order_id = d.order_id AND l.line_no = GREATEST(d.line_no, 1)
    )
    UNION ALL
    SELECT format('refund %s without line %s of order %s', r.refund_no, r.line_no, r.order_id)
    FROM orders_refund AS r
    WHERE NOT EXISTS (
        SELECT FROM orders_orderline AS l
        WHERE l.lane = r.lane AND l.order_id = r.order_id AND l.line_no = GREATEST(r.line_no, 1)
    )
    UNION ALL
    SELECT format('duty %s without order %s', d.duty_no, d.order_id)
    FROM orders_orderduty AS d
    WHERE NOT EXISTS (SELECT FROM orders_order AS o WHERE o.lane = d.lane AND o.id = d.order_id)
    UNION ALL
    SELECT format('refund without duty %s of order %s', -r.line_no, r.order_id)
    FROM orders_refund AS r
    WHERE r.line_no < 0 AND NOT EXISTS (
        SELECT FROM orders_orderduty AS d
        WHERE d.lane = r.lane AND d.order_id = r.order_id AND d.duty_no = -r.line_no
    )
    UNION ALL
    SELECT format('discount %s without refund %s of line %s of order %s', d.step, d.refund_no, d.line_no, d.order_id)
    FROM orders_refunddiscount AS d
    WHERE NOT EXISTS (
        SELECT FROM orders_refund AS r
        WHERE r.lane = d.lane AND r.order_id = d.order_id AND r.line_no = d.line_no AND r.refund_no = d.refund_no
    )
    UNION ALL
    SELECT format('address without order %s', a.order_id)
    FROM orders_orderaddress AS a
    WHERE NOT EXISTS (SELECT FROM orders_order AS o WHERE o.lane = a.lane AND o.id = a.order_id)
    UNION ALL
    SELECT format('order %s, not shipped yet, without address', o.id)
    FROM orders_order AS o
    WHERE o.state IN (1, 2, 8)
      AND NOT EXISTS (SELECT FROM orders_orderaddress AS a WHERE a.lane = o.lane AND a.order_id = o.id)
    UNION ALL
    SELECT format('key %s without purchase %s', k.key, k.purchase_id)
    FROM orders_purchasekey AS k
    WHERE NOT EXISTS (SELECT FROM orders_purchase AS p WHERE p.lane = k.lane AND p.id = k.purchase_id)
    UNION ALL
    SELECT format('"my purchases" of shopper %s without purchase %s', s.shopper_id, s.purchase_id)
    FROM orders_shopperpurchase AS s
    WHERE NOT EXISTS (
        SELECT FROM orders_purchase AS p
        WHERE p.lane = ((s.purchase_id >> 12) & 1023)::smallint AND p.id = s.purchase_id
    )
    UNION ALL
    SELECT format('event %s of writer %s without purchase %s', e.seq, e.writer_id, e.subject_id)
    FROM kernel_outbox AS e
    WHERE e.kind IN (1, 2, 3, 4, 20, 21, 22) AND NOT EXISTS (
        SELECT FROM orders_purchase AS p
        WHERE p.lane = ((e.subject_id >> 12) & 1023)::smallint AND p.id = e.subject_id
    )
    UNION ALL
    SELECT format('transfer %s without order %s', t.id, t.order_id)
    FROM ledger_transfer AS t
    WHERE t.order_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM orders_order AS o WHERE o.lane = ((t.order_id >> 12) & 1023)::smallint AND o.id = t.order_id
    )
    UNION ALL
    SELECT format('end without transfer %s', e.transfer_id)
    FROM ledger_transferend AS e
    WHERE NOT EXISTS (SELECT FROM ledger_transfer AS t WHERE t.lane = e.lane AND t.id = e.transfer_id)
)
SELECT (SELECT count(*) FROM orders_order) + (SELECT count(*) FROM orders_orderline)
           + (SELECT count(*) FROM orders_linediscount) + (SELECT count(*) FROM orders_refund)
           + (SELECT count(*) FROM orders_refunddiscount) + (SELECT count(*) FROM orders_orderduty)
           + (SELECT count(*) FROM orders_orderaddress)
           + (SELECT count(*) FROM orders_purchasekey) + (SELECT count(*) FROM orders_shopperpurchase)
           + (SELECT count(*) FROM kernel_outbox) + (SELECT count(*) FROM ledger_transfer),
       (SELECT count(*) FROM faults), (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
