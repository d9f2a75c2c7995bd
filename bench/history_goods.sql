-- List what history is made of, numbered from 0: every SKU in each market it is sold in, with a country of that market.
-- Locks: nothing.
CREATE TABLE history_goods AS
SELECT row_number() OVER (ORDER BY s.id, p.market_id) - 1 AS good_no, s.lane, s.id AS sku_id, s.merchant_id, i.id AS stock_id,
       i.place_id, m.country AS merchant_country, p.market_id AS market, p.currency, p.price_minor, r.country,
       (SELECT t.title FROM catalog_producttext AS t WHERE t.product_id = s.product_id ORDER BY t.language LIMIT 1) AS title
FROM catalog_sku AS s
JOIN catalog_price AS p ON p.sku_id = s.id
JOIN merchants_merchant AS m ON m.id = s.merchant_id
JOIN LATERAL (SELECT id, place_id FROM inventory_stock WHERE lane = s.lane AND sku_id = s.id ORDER BY id LIMIT 1) AS i ON true
JOIN LATERAL (SELECT country FROM markets_marketregion WHERE market_id = p.market_id ORDER BY country LIMIT 1) AS r ON true
