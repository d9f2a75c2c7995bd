-- Read the lowest price at which SKUs are sold in a market now: the usual one, or that of an open deal with units left.
-- Locks: nothing. A deal opens and closes in a market with that market's own sale, where it has one.
SELECT s.id, LEAST(p.price_minor, min(t.price_minor))
FROM unnest(%(sku_ids)s::bigint[]) AS w (id)
JOIN catalog_sku AS s ON s.id = w.id AND s.on_sale
JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
LEFT JOIN LATERAL (
    SELECT dp.price_minor
    FROM festivals_deal AS d
    JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
    WHERE d.sku_id = s.id
      AND COALESCE(dp.opens_at, d.opens_at) <= %(now)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
      AND NOT EXISTS (SELECT FROM festivals_presale AS r WHERE r.deal_id = d.id)
      AND EXISTS (
          SELECT FROM inventory_stock AS i
          WHERE i.lane = s.lane AND i.sku_id = s.id AND i.deal_id = d.id AND i.reserved + i.sold < i.units
      )
) AS t ON true
GROUP BY s.id, p.price_minor
