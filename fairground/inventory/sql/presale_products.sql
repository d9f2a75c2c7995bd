-- Read the products that have a presale whose order window is not over.
-- Locks: nothing.
SELECT DISTINCT s.product_id
FROM festivals_presale AS r
JOIN festivals_deal AS d ON d.id = r.deal_id AND d.closes_at > %(now)s
JOIN catalog_sku AS s ON s.id = d.sku_id
