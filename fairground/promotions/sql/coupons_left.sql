-- Read the coupons that these shoppers hold and have not used.
-- Locks: nothing; the turn keeps other batches out.
SELECT c.shopper_id, c.promotion_id, c.held - c.used
FROM unnest(%(lanes)s::smallint[], %(shopper_ids)s::bigint[]) AS w (lane, shopper_id)
JOIN promotions_coupon AS c ON c.lane = w.lane AND c.shopper_id = w.shopper_id
WHERE c.held > c.used
