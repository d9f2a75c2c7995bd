-- Find deals to come that have no stock row of their own and promise more units than the SKU has free.
-- Locks: nothing.
SELECT d.id
FROM festivals_deal AS d
CROSS JOIN LATERAL (
    SELECT COALESCE(max(s.units - s.reserved - s.sold) FILTER (WHERE s.deal_id IS NULL), 0) AS free,
           COALESCE(bool_or(s.deal_id = d.id), false) AS frozen
    FROM inventory_stock AS s
    WHERE s.lane = d.lane AND s.sku_id = d.sku_id
) AS stock
WHERE d.festival_id = %(festival)s AND NOT stock.frozen AND d.units > stock.free
ORDER BY d.id
LIMIT %(deals_max)s
