-- Give units of limited deals back to what their buyers may still have (INV-2 in the CHECK).
-- Locks: the dealbuyer rows; the turn keeps other batches out, so their order does not matter.
UPDATE festivals_dealbuyer AS b
SET units = b.units - w.units
FROM unnest(%(lanes)s::smallint[], %(deal_ids)s::bigint[], %(shopper_ids)s::bigint[], %(units)s::int[])
    AS w (lane, deal_id, shopper_id, units)
WHERE b.lane = w.lane AND b.deal_id = w.deal_id AND b.shopper_id = w.shopper_id
