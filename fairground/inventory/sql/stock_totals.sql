-- Sum the units of SKUs at places, a deal's own rows included, and find the row that is no deal's.
-- Locks: nothing; the caller has the writers' turn.
SELECT s.sku_id, s.place_id, sum(s.units), max(s.id) FILTER (WHERE s.deal_id IS NULL)
FROM unnest(%(lanes)s::smallint[], %(sku_ids)s::bigint[], %(place_ids)s::bigint[])
     AS wanted (lane, sku_id, place_id)
JOIN inventory_stock AS s
  ON s.lane = wanted.lane AND s.sku_id = wanted.sku_id AND s.place_id = wanted.place_id
GROUP BY s.sku_id, s.place_id
