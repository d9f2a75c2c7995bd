-- Read which of given products have a variant on sale with units free, within a deal or without one.
-- Locks: nothing.
SELECT DISTINCT s.product_id
FROM catalog_sku AS s
JOIN inventory_stock AS i ON i.lane = s.lane AND i.sku_id = s.id AND i.units > i.reserved + i.sold
WHERE s.product_id = ANY(%(product_ids)s::bigint[]) AND s.on_sale
