-- Write the coupons that shoppers collected; one that is there already breaks the primary key.
-- Locks: nothing that anybody else has; the rows are new.
INSERT INTO promotions_coupon (lane, promotion_id, shopper_id, market, collected_at)
SELECT w.lane, w.promotion_id, w.shopper_id, w.market, %(at)s
FROM unnest(%(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(shopper_ids)s::bigint[], %(markets)s::varchar[])
    AS w (lane, promotion_id, shopper_id, market)
ORDER BY w.lane, w.promotion_id, w.shopper_id
