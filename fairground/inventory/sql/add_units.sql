-- Add units to stock rows, or take some; what is reserved and sold is never taken.
-- Locks: those stock rows; the caller has the writers' turn, so nobody else has any.
UPDATE inventory_stock AS s
SET units = GREATEST(s.units + delta.units, s.reserved + s.sold)
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(deltas)s::integer[]) AS delta (lane, id, units)
WHERE s.lane = delta.lane AND s.id = delta.id
