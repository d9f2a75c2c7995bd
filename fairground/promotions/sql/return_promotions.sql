-- Give uses of promotions back to what their shoppers may still have (INV-15 in the CHECK).
-- Locks: the shopperuse rows; the turn keeps other batches out, so their order does not matter. No row: no limit.
UPDATE promotions_shopperuse AS u
SET uses = u.uses - w.uses
FROM unnest(%(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(shopper_ids)s::bigint[], %(uses)s::int[])
    AS w (lane, promotion_id, shopper_id, uses)
WHERE u.lane = w.lane AND u.promotion_id = w.promotion_id AND u.shopper_id = w.shopper_id
