-- Add to (or, with negative units, give back from) what shoppers have of limited deals (INV-2 in the CHECK).
-- Locks: the dealbuyer rows, in key order.
INSERT INTO festivals_dealbuyer AS b (lane, deal_id, shopper_id, units, units_max)
SELECT * FROM unnest(
    %(lanes)s::smallint[], %(deal_ids)s::bigint[], %(shopper_ids)s::bigint[], %(units)s::int[], %(units_max)s::int[]
) AS w (lane, deal_id, shopper_id, units, units_max)
ORDER BY w.lane, w.deal_id, w.shopper_id
ON CONFLICT (lane, deal_id, shopper_id) DO UPDATE SET units = b.units + excluded.units
