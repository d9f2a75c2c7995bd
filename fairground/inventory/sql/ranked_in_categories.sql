-- Rank the products with deals of a festival in a market, by category with all below it, the greatest discount first.
-- Locks: nothing.
SELECT r.code, r.product_id
FROM (
    SELECT a.code, s.product_id,
           row_number() OVER (
               PARTITION BY a.code ORDER BY min(dp.price_minor::float8 / p.price_minor), s.product_id
           ) AS place
    FROM unnest(%(categories)s::text[]) AS a (code)
    JOIN catalog_category AS k ON k.code = a.code OR starts_with(k.code, a.code || '.')
    JOIN catalog_product AS c ON c.category_id = k.code
    JOIN catalog_sku AS s ON s.product_id = c.id AND s.on_sale
    JOIN festivals_deal AS d ON d.sku_id = s.id AND d.festival_id = %(festival)s
    JOIN festivals_dealprice AS dp
        ON dp.deal_id = d.id AND dp.market_id = %(market)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
    JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
    GROUP BY a.code, s.product_id
) AS r
WHERE r.place <= %(products_max)s
ORDER BY r.code, r.place
