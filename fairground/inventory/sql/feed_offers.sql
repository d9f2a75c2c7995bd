-- Read a chunk of products as a feed needs them: each SKU with its price in a market, the festival's deal, its stock.
-- Locks: nothing. Chunks follow each other by the products' ids, so what comes and goes meanwhile shifts none of them.
WITH chunk AS MATERIALIZED (
    SELECT DISTINCT product_id FROM catalog_sku
    WHERE product_id > %(after_id)s ORDER BY product_id LIMIT %(products_max)s
), pictures AS (
    SELECT pp.product_id, jsonb_agg(jsonb_build_array(pp.name, pp.width, pp.height) ORDER BY pp.position) AS shown
    FROM chunk JOIN catalog_productpicture AS pp ON pp.product_id = chunk.product_id GROUP BY pp.product_id
)
SELECT s.product_id, s.id, t.title, t.description, b.name, c.category_id, m.kind, s.gtin, o.options,
       COALESCE(pictures.shown, '[]'),
       count(*) FILTER (WHERE s.on_sale AND p.price_minor IS NOT NULL) OVER (PARTITION BY s.product_id),
       s.on_sale, p.price_minor, p.currency, COALESCE(st.units_left, 0),
       dp.price_minor, COALESCE(dp.opens_at, d.opens_at), COALESCE(dp.closes_at, d.closes_at),
       COALESCE(di.units - di.reserved - di.sold, d.units)
FROM chunk
JOIN catalog_sku AS s ON s.product_id = chunk.product_id
JOIN catalog_product AS c ON c.id = chunk.product_id
JOIN merchants_merchant AS m ON m.id = c.merchant_id
LEFT JOIN pictures ON pictures.product_id = chunk.product_id
LEFT JOIN catalog_brand AS b ON b.slug = c.brand_id
LEFT JOIN catalog_producttext AS t ON t.product_id = chunk.product_id AND t.language = %(language)s
LEFT JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
LEFT JOIN (
    festivals_deal AS d JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
) ON d.sku_id = s.id AND d.festival_id = %(festival)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
    AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = d.id)
LEFT JOIN inventory_stock AS di ON di.lane = d.lane AND di.sku_id = d.sku_id AND di.deal_id = d.id
CROSS JOIN LATERAL (
    SELECT COALESCE(
        jsonb_object_agg(x.key, COALESCE(v.names ->> %(language)s, v.names ->> 'en', x.value)), '{}'
    ) AS options
    FROM jsonb_each_text(s.options) AS x LEFT JOIN catalog_optionvalue AS v ON v.code = x.value
) AS o
LEFT JOIN LATERAL (
    SELECT sum(i.units - i.reserved - i.sold)::int AS units_left
    FROM inventory_stock AS i WHERE i.lane = s.lane AND i.sku_id = s.id AND i.deal_id IS NULL
) AS st ON true
ORDER BY s.product_id, s.id
