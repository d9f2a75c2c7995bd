-- Find which of these coupons their shoppers collected before, used or not.
-- Locks: nothing; the turn keeps other batches out.
SELECT c.promotion_id, c.shopper_id
FROM unnest(%(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(shopper_ids)s::bigint[])
    AS w (lane, promotion_id, shopper_id)
JOIN promotions_coupon AS c
    ON c.lane = w.lane AND c.promotion_id = w.promotion_id AND c.shopper_id = w.shopper_id
