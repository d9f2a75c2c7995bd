-- Read how often these shoppers used these promotions.
-- Locks: nothing; the turn keeps other batches out.
SELECT u.promotion_id, u.shopper_id, u.uses
FROM unnest(%(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(shopper_ids)s::bigint[])
    AS w (lane, promotion_id, shopper_id)
JOIN promotions_shopperuse AS u
    ON u.lane = w.lane AND u.promotion_id = w.promotion_id AND u.shopper_id = w.shopper_id
