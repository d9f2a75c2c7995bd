-- Read purchases with their orders and what these reserve: a row an order, first the purchase's columns.
-- Locks: nothing; the turn keeps other batches out. Last: whose wallet pays, of a merged guest the other shopper's,
-- and what is paid first where it is a presale. Only of paid orders (states 2 to 5) it is asked what was
-- given off their shipping, line 0, whether that is kept, and what duties are (line -n): of others nothing is refunded.
SELECT p.id, p.shopper_id, p.state, p.currency, p.total_minor, p.pay_before, p.paid_at,
       o.id, o.merchant_id, o.market, o.buyer_country, o.merchant_country, o.channel, o.device, o.entry_hall_id,
       o.total_minor, o.state, l.stock_ids, l.quantities, l.deal_ids,
       o.shipping_minor, o.shipping_tax_minor, g.discounts, g.is_kept, t.duties, COALESCE(h.merged_into_id, p.shopper_id),
       p.deposit_minor
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_purchase AS p ON p.lane = w.lane AND p.id = w.id
LEFT JOIN identity_shopper AS h ON h.id = p.shopper_id
CROSS JOIN LATERAL unnest(p.order_ids) WITH ORDINALITY AS x (order_id, position)
JOIN orders_order AS o ON o.lane = ((x.order_id >> 12) & 1023)::smallint AND o.id = x.order_id
CROSS JOIN LATERAL (
    SELECT array_agg(i.stock_id ORDER BY i.line_no) AS stock_ids, array_agg(i.quantity ORDER BY i.line_no) AS quantities,
           array_agg(COALESCE(i.deal_id, 0) ORDER BY i.line_no) AS deal_ids
    FROM orders_orderline AS i
    WHERE i.lane = o.lane AND i.order_id = o.id
) AS l
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_array(i.step, i.source, i.funder, i.amount_minor)
                              ORDER BY i.step, i.source, i.funder), '[]') AS discounts,
           o.state BETWEEN 2 AND 5 AND NOT EXISTS (
               SELECT FROM orders_refund AS r WHERE r.lane = o.lane AND r.order_id = o.id AND r.line_no = 0
           ) AS is_kept
    FROM orders_linediscount AS i
    WHERE o.state BETWEEN 2 AND 5 AND i.lane = o.lane AND i.order_id = o.id AND i.line_no = 0
) AS g
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_array(i.duty_no, i.duty_minor, i.tax_minor) ORDER BY i.duty_no), '[]') AS duties
    FROM orders_orderduty AS i
    WHERE o.state BETWEEN 2 AND 5 AND o.duties_minor > 0 AND i.lane = o.lane AND i.order_id = o.id AND NOT EXISTS (
        SELECT FROM orders_refund AS r WHERE r.lane = o.lane AND r.order_id = o.id AND r.line_no = -i.duty_no
    )
) AS t
ORDER BY p.lane, p.id, x.position
