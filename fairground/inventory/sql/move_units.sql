-- Move units between free, reserved and sold; deltas, so that nobody's change is overwritten (INV-1 in the CHECK).
-- Locks: the stock rows; the turn keeps other batches out, so their order does not matter.
UPDATE inventory_stock AS s
SET reserved = s.reserved + w.reserved, sold = s.sold + w.sold
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(reserved)s::int[], %(sold)s::int[])
    AS w (lane, id, reserved, sold)
WHERE s.lane = w.lane AND s.id = w.id
