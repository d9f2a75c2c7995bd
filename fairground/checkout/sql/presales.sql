-- Read presales that were placed: what was promised about each, its one line, and what a unit costs at this moment.
-- Locks: nothing; the turn keeps other batches out, and edits of prices too. The price of the day is the usual one or
-- that of an open deal; of another presale it is none, since nobody can buy at it. Step 1 of its discounts is the deal's,
-- what comes later was given by promotions, coupons and red packets.
SELECT p.id, p.deposit_minor, p.deposit_mode, p.balance_opens_at, p.balance_closes_at, p.deposited_at,
       l.deal_id, l.goods_minor, l.discount_minor, g.given_minor, g.platform_minor, o.shipping_minor, o.shipping_tax_minor,
       o.duties_minor, l.quantity, l.tax_rate_bps, l.tax_included,
       LEAST(y.price_minor, t.price_minor)
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_purchase AS p ON p.lane = w.lane AND p.id = w.id
JOIN orders_order AS o ON o.lane = ((p.order_ids[1] >> 12) & 1023)::smallint AND o.id = p.order_ids[1]
JOIN orders_orderline AS l ON l.lane = o.lane AND l.order_id = o.id AND l.line_no = 1
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(x.amount_minor), 0)::bigint AS given_minor,
           COALESCE(sum(x.amount_minor) FILTER (WHERE x.funder = 'platform'), 0)::bigint AS platform_minor
    FROM orders_linediscount AS x
    WHERE x.lane = l.lane AND x.order_id = l.order_id AND x.line_no = 1 AND x.step > 1
) AS g
LEFT JOIN catalog_sku AS s ON s.id = l.sku_id AND s.on_sale
LEFT JOIN catalog_price AS y ON y.sku_id = s.id AND y.market_id = p.market
LEFT JOIN LATERAL (
    SELECT min(dp.price_minor) AS price_minor
    FROM festivals_deal AS d
    JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = p.market
    WHERE d.sku_id = s.id
      AND COALESCE(dp.opens_at, d.opens_at) <= %(now)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
      AND NOT EXISTS (SELECT FROM festivals_presale AS r WHERE r.deal_id = d.id)
) AS t ON y.price_minor IS NOT NULL
WHERE p.deposit_minor > 0
