-- Read how many units of each stock row are neither reserved nor sold.
-- Locks: nothing; whoever changes stock holds the writer's turn, and the row's CHECK stops whoever does not.
SELECT s.id, s.units - s.reserved - s.sold
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN inventory_stock AS s ON s.lane = w.lane AND s.id = w.id
