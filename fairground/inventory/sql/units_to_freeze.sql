-- Read how many units of SKUs the freeze could set aside for a deal: those free in the row that has most.
-- Locks: nothing.
SELECT s.sku_id, max(s.units - s.reserved - s.sold)
FROM inventory_stock AS s
WHERE s.lane = ANY(%(lanes)s::smallint[]) AND s.sku_id = ANY(%(sku_ids)s::bigint[]) AND s.deal_id IS NULL
GROUP BY s.sku_id
