-- Everything about the purchases of these shoppers, one JSON object a purchase, the oldest first.
-- Locks: nothing. A refund's line is 0 for the shipping, and -n for duty n.
SELECT jsonb_build_object(
    'purchase_id', p.id::text, 'random_bits', p.random_bits::text, 'market', p.market, 'currency', p.currency,
    'total_minor', p.total_minor, 'state', p.state, 'placed_at', p.placed_at, 'paid_at', p.paid_at,
    'ended_at', p.ended_at, 'deposit_minor', p.deposit_minor, 'deposited_at', p.deposited_at,
    'balance_minor', p.balance_minor, 'orders', (
        SELECT jsonb_agg(jsonb_build_object(
            'order_id', o.id::text, 'merchant_id', o.merchant_id::text, 'state', o.state, 'language', o.language,
            'country', o.buyer_country, 'region', o.buyer_region, 'goods_minor', o.goods_minor,
            'discount_minor', o.discount_minor, 'shipping_minor', o.shipping_minor,
            'tax_added_minor', o.tax_added_minor, 'duties_minor', o.duties_minor, 'total_minor', o.total_minor,
            'shipped_at', o.shipped_at, 'delivered_at', o.delivered_at, 'ended_at', o.ended_at,
            'address', (SELECT a.address FROM orders_orderaddress AS a WHERE a.lane = o.lane AND a.order_id = o.id),
            'lines', (
                SELECT jsonb_agg(jsonb_build_object(
                    'sku_id', l.sku_id::text, 'title', l.title, 'quantity', l.quantity,
                    'unit_price_minor', l.unit_price_minor, 'goods_minor', l.goods_minor,
                    'discount_minor', l.discount_minor, 'tax_minor', l.tax_minor
                ) ORDER BY l.line_no)
                FROM orders_orderline AS l WHERE l.lane = o.lane AND l.order_id = o.id
            ),
            'duties', (
                SELECT COALESCE(jsonb_agg(jsonb_build_object(
                    'duty', u.duty_no, 'sent_from', u.country, 'heading', u.heading, 'value_minor', u.value_minor,
                    'duty_minor', u.duty_minor, 'tax_minor', u.tax_minor
                ) ORDER BY u.duty_no), '[]')
                FROM orders_orderduty AS u WHERE u.lane = o.lane AND u.order_id = o.id
            ),
            'refunds', (
                SELECT jsonb_agg(jsonb_build_object(
                    'line', r.line_no, 'reason', r.reason, 'units', r.units, 'paid_minor', r.paid_minor,
                    'tax_minor', r.tax_minor, 'at', r.at
                ) ORDER BY r.at, r.line_no, r.refund_no)
                FROM orders_refund AS r WHERE r.lane = o.lane AND r.order_id = o.id
            )
        ) ORDER BY o.position)
        FROM unnest(p.order_ids) AS of_purchase (order_id)
        JOIN orders_order AS o
            ON o.lane = ((of_purchase.order_id >> 12) & 1023)::smallint AND o.id = of_purchase.order_id
    )
)
FROM unnest(%(lanes)s::smallint[], %(shoppers)s::bigint[]) AS w (lane, shopper_id)
JOIN orders_shopperpurchase AS s ON s.lane = w.lane AND s.shopper_id = w.shopper_id
JOIN orders_purchase AS p ON p.lane = ((s.purchase_id >> 12) & 1023)::smallint AND p.id = s.purchase_id
ORDER BY p.id
