-- Count uses of promotions for the shoppers to whom they are bounded (INV-15 in the CHECK).
-- Locks: the shopperuse rows, in key order.
INSERT INTO promotions_shopperuse AS u (lane, promotion_id, shopper_id, uses, uses_max)
SELECT * FROM unnest(
    %(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(shopper_ids)s::bigint[], %(uses)s::int[], %(uses_max)s::int[]
) AS w (lane, promotion_id, shopper_id, uses, uses_max)
ORDER BY w.lane, w.promotion_id, w.shopper_id
ON CONFLICT (lane, promotion_id, shopper_id) DO UPDATE SET uses = u.uses + excluded.uses
