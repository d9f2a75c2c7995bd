-- Count the units of a festival's closed deals that purchases hold which are not paid yet.
-- Locks: nothing.
SELECT COALESCE(sum(own.reserved), 0)
FROM festivals_deal AS d
JOIN inventory_stock AS own ON own.lane = d.lane AND own.sku_id = d.sku_id AND own.deal_id = d.id
WHERE d.festival_id = %(festival)s AND d.closes_at <= %(now)s
  AND NOT EXISTS (SELECT FROM festivals_dealprice AS dp WHERE dp.deal_id = d.id AND dp.closes_at > %(now)s)
