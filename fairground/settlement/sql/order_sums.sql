-- Read of orders what was paid, who gave what off, what went back, and by which terms their merchants are settled.
-- Locks: nothing; under the orders' turn it holds. The tax on the commission is that of the merchant's region. Line 0 is
-- the shipping: what a merchant gives off that lowers no price of goods, what the platform gives is paid as for goods.
SELECT o.id, o.merchant_id, o.currency, o.creator_id, o.commission_bps,
       COALESCE(x.rate_bps, 0)::int, CASE WHEN o.creator_id IS NULL THEN 0 ELSE COALESCE(t.creator_bps, 0) END,
       COALESCE(t.reserve_bps, 0), COALESCE(t.reserve_days, 0),
       o.total_minor, o.goods_minor, d.by_merchant, d.by_platform,
       r.paid, r.goods, e.by_merchant, e.by_platform, r.ahead
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_order AS o ON o.lane = w.lane AND o.id = w.id
LEFT JOIN settlement_terms AS t ON t.merchant_id = o.merchant_id
LEFT JOIN markets_taxrate AS x ON x.region = o.merchant_country
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.amount_minor) FILTER (WHERE i.funder <> 'platform' AND i.line_no > 0), 0)::bigint AS by_merchant,
           COALESCE(sum(i.amount_minor) FILTER (WHERE i.funder = 'platform'), 0)::bigint AS by_platform
    FROM orders_linediscount AS i WHERE i.lane = o.lane AND i.order_id = o.id
) AS d
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.paid_minor), 0)::bigint AS paid, COALESCE(sum(i.goods_minor) FILTER (WHERE i.line_no > 0), 0)::bigint AS goods,
           -COALESCE(sum(i.ahead_minor), 0)::bigint AS ahead
    FROM orders_refund AS i WHERE i.lane = o.lane AND i.order_id = o.id
) AS r
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.amount_minor) FILTER (WHERE i.funder <> 'platform' AND i.line_no > 0), 0)::bigint AS by_merchant,
           COALESCE(sum(i.amount_minor) FILTER (WHERE i.funder = 'platform'), 0)::bigint AS by_platform
    FROM orders_refunddiscount AS i WHERE i.lane = o.lane AND i.order_id = o.id
) AS e
ORDER BY o.lane, o.id
