-- Move what a festival's closed deals have left back to the stock rows of their SKUs, a chunk of deals at a time.
-- Locks: both stock rows of each deal; the caller has the writers' turn, so nobody else has any.
WITH leftovers AS (
    SELECT own.lane, own.id AS own_id, usual.id AS usual_id, own.units - own.reserved - own.sold AS units
    FROM festivals_deal AS d
    JOIN inventory_stock AS own ON own.lane = d.lane AND own.sku_id = d.sku_id AND own.deal_id = d.id
    JOIN inventory_stock AS usual
      ON usual.lane = own.lane AND usual.sku_id = own.sku_id AND usual.place_id = own.place_id
     AND usual.deal_id IS NULL
    WHERE d.festival_id = %(festival)s AND d.closes_at <= %(now)s AND own.units > own.reserved + own.sold
      AND NOT EXISTS (SELECT FROM festivals_dealprice AS dp WHERE dp.deal_id = d.id AND dp.closes_at > %(now)s)
    ORDER BY d.id
    LIMIT %(deals_max)s
), moved AS (
    SELECT lane, own_id AS id, -units AS units FROM leftovers
    UNION ALL
    SELECT lane, usual_id, sum(units)::int FROM leftovers GROUP BY lane, usual_id
), changed AS (
    UPDATE inventory_stock AS s SET units = s.units + m.units FROM moved AS m WHERE s.lane = m.lane AND s.id = m.id
)
SELECT count(*), COALESCE(sum(units), 0) FROM leftovers
