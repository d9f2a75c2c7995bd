-- Read the lowest price at which SKUs are sold in a market now: the usual one, or that of an open deal with units left.
-- Locks: nothing.
SELECT s.id, LEAST(p.price_minor, min(x.price_minor))
FROM unnest(%(sku_ids)s::bigint[]) AS w (id)
JOIN catalog_sku AS s ON s.id = w.id AND s.on_sale
JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
LEFT JOIN festivals_deal AS d ON d.sku_id = s.id AND d.opens_at <= %(now)s AND d.closes_at > %(now)s
     AND NOT EXISTS (SELECT FROM festivals_presale AS r WHERE r.deal_id = d.id)
     AND EXISTS (
         SELECT FROM inventory_stock AS i
         WHERE i.lane = s.lane AND i.sku_id = s.id AND i.deal_id = d.id AND i.reserved + i.sold < i.units
     )
LEFT JOIN festivals_dealprice AS x ON x.deal_id = d.id AND x.market_id = %(market)s
GROUP BY s.id, p.price_minor
