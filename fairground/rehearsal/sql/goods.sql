-- List what is on sale in every market: each SKU at its usual price, and each deal with a stock row of its own.
-- Locks: nothing.
SELECT s.id, NULL::bigint, s.merchant_id, (array_agg(DISTINCT i.id))[1], 0,
       array_agg(DISTINCT p.market_id ORDER BY p.market_id), array_agg(p.price_minor ORDER BY p.market_id)
FROM catalog_sku AS s
JOIN catalog_price AS p ON p.sku_id = s.id
JOIN LATERAL (
    SELECT id FROM inventory_stock WHERE lane = s.lane AND sku_id = s.id AND deal_id IS NULL ORDER BY units DESC, id LIMIT 1
) AS i ON true
WHERE s.on_sale
GROUP BY s.id
HAVING count(*) = %(markets)s
UNION ALL
SELECT d.sku_id, d.id, s.merchant_id, i.id, d.buyer_limit,
       array_agg(p.market_id ORDER BY p.market_id), array_agg(p.price_minor ORDER BY p.market_id)
FROM festivals_deal AS d
JOIN catalog_sku AS s ON s.id = d.sku_id AND s.on_sale
JOIN inventory_stock AS i ON i.lane = d.lane AND i.sku_id = d.sku_id AND i.deal_id = d.id
JOIN festivals_dealprice AS p ON p.deal_id = d.id
WHERE EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = d.id) = %(presales)s
  AND (%(festival)s::text IS NULL OR d.festival_id = %(festival)s)
GROUP BY d.id, s.merchant_id, i.id
HAVING count(*) = %(markets)s
ORDER BY 1, 2
