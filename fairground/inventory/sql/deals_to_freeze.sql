-- List the festival's deals that have no stock row of their own, each with the SKU's row that has most units free.
-- Locks: nothing.
SELECT d.lane, d.id, d.sku_id, d.units, coalesce(usual.id, 0), coalesce(usual.place_id, 0), coalesce(usual.free, 0)
FROM festivals_deal AS d
LEFT JOIN LATERAL (
    SELECT s.id, s.place_id, s.units - s.reserved - s.sold AS free
    FROM inventory_stock AS s
    WHERE s.lane = d.lane AND s.sku_id = d.sku_id AND s.deal_id IS NULL
    ORDER BY free DESC, s.id
    LIMIT 1
) AS usual ON true
WHERE d.festival_id = %(festival)s
  AND NOT EXISTS (
      SELECT FROM inventory_stock AS own WHERE own.lane = d.lane AND own.sku_id = d.sku_id AND own.deal_id = d.id
  )
  AND (NOT %(leave_short)s OR d.units <= coalesce(usual.free, 0))
ORDER BY d.id
LIMIT %(deals_max)s
