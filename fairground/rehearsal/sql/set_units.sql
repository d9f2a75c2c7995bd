-- Give stock rows of a rehearsal's realm the units that its plan counts on, and their deals as many.
-- Locks: the stock rows; the caller has the writers' turn.
WITH wanted AS (
    SELECT * FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(units)s::int[], %(exact)s::bool[])
        AS w (lane, id, units, exact)
), given AS (
    UPDATE inventory_stock AS s
    SET units = CASE WHEN w.exact THEN w.units ELSE GREATEST(s.units, w.units) END
    FROM wanted AS w
    WHERE s.lane = w.lane AND s.id = w.id
    RETURNING s.deal_id, s.units
)
UPDATE festivals_deal AS d SET units = g.units FROM given AS g WHERE d.id = g.deal_id AND g.units > 0
