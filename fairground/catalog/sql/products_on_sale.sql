-- Read which of the next so many products have a SKU on sale.
-- Locks: nothing.
SELECT p.id FROM (SELECT id FROM catalog_product WHERE id >= %(first_id)s ORDER BY id LIMIT %(page_max)s) AS p
WHERE EXISTS (SELECT FROM catalog_sku AS s WHERE s.product_id = p.id AND s.on_sale) ORDER BY p.id
