-- Find the products of a hall whose deals open at a moment in a market, the greatest discount first.
-- Locks: nothing.
SELECT s.product_id
FROM festivals_deal AS d
JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
JOIN catalog_sku AS s ON s.id = d.sku_id AND s.on_sale
JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
WHERE d.hall_id = %(hall_id)s AND COALESCE(dp.opens_at, d.opens_at) = %(opens_at)s
GROUP BY s.product_id
ORDER BY min(dp.price_minor::float8 / p.price_minor), s.product_id
LIMIT %(products_max)s
