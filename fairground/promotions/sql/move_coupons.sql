-- Use coupons, or with negative numbers give them back to be used again (INV-15 in the CHECK).
-- Locks: the coupon rows; the turn keeps other batches out, so their order does not matter.
UPDATE promotions_coupon AS c
SET used = c.used + w.used
FROM unnest(%(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(shopper_ids)s::bigint[], %(used)s::smallint[])
    AS w (lane, promotion_id, shopper_id, used)
WHERE c.lane = w.lane AND c.promotion_id = w.promotion_id AND c.shopper_id = w.shopper_id
