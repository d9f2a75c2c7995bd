-- Move units between free, reserved and sold; deltas, so that nobody's change is overwritten (INV-1 in the CHECK).
-- Locks: the stock rows, in key order (the inner select).
UPDATE inventory_stock AS s
SET reserved = s.reserved + w.reserved, sold = s.sold + w.sold
FROM (
    SELECT i.lane, i.id, u.reserved, u.sold
    FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(reserved)s::int[], %(sold)s::int[])
        AS u (lane, id, reserved, sold)
    JOIN inventory_stock AS i ON i.lane = u.lane AND i.id = u.id
    ORDER BY i.lane, i.id
    FOR UPDATE OF i
) AS w
WHERE s.lane = w.lane AND s.id = w.id
