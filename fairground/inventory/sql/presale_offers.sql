-- Read the presales of a product, or one by its deal, in a market, whose order window is not over.
-- Locks: nothing. Without a stock row of its own a deal is not frozen yet and shows the units it was declared with.
SELECT d.id, s.id, s.product_id, c.brand_id, c.category_id, m.id, m.slug, m.name, t.title, o.options, p.currency,
       dp.price_minor, p.price_minor, y.deposit_minor, y.inflation_minor, y.deposit_mode, d.opens_at, d.closes_at,
       r.balance_opens_at, r.balance_closes_at, COALESCE(i.units, d.units),
       COALESCE(i.units - i.reserved - i.sold, d.units), d.buyer_limit, pp.name, pp.width, pp.height
FROM festivals_presale AS r
JOIN festivals_deal AS d ON d.id = r.deal_id AND d.closes_at > %(now)s
JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
JOIN festivals_presaleprice AS y
    ON y.presale_id = d.id AND y.market_id = dp.market_id AND y.price_minor = dp.price_minor
JOIN catalog_sku AS s ON s.id = d.sku_id AND s.on_sale
JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = dp.market_id
JOIN catalog_product AS c ON c.id = s.product_id
JOIN merchants_merchant AS m ON m.id = s.merchant_id
LEFT JOIN inventory_stock AS i ON i.lane = d.lane AND i.sku_id = d.sku_id AND i.deal_id = d.id
LEFT JOIN catalog_productpicture AS pp ON pp.product_id = s.product_id AND pp.position = 1
CROSS JOIN LATERAL (
    SELECT x.title FROM catalog_producttext AS x WHERE x.product_id = s.product_id
    ORDER BY x.language = %(language)s DESC, x.language = 'en' DESC, x.language LIMIT 1
) AS t
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(COALESCE(v.names ->> %(language)s, v.names ->> 'en', x.value) ORDER BY x.key), '{}') AS options
    FROM jsonb_each_text(s.options) AS x LEFT JOIN catalog_optionvalue AS v ON v.code = x.value
) AS o
WHERE s.product_id = %(product_id)s OR d.id = %(deal_id)s
ORDER BY s.id
