-- Compare limits with their slices, slices with the coupons collected from them, and uses with what one shopper may.
-- Locks: nothing. A slice's kind is 1 for uses, 2 for coupons.
WITH bounds AS (
    SELECT promotion_id, market_id AS market, 1 AS kind, uses_max AS taken_max, amount_max_minor
    FROM promotions_promotionterms
    WHERE uses_max IS NOT NULL OR amount_max_minor IS NOT NULL
    UNION ALL
    SELECT promotion_id, market_id, 2, coupons_max, NULL FROM promotions_promotionterms WHERE coupons_max IS NOT NULL
), slices AS (
    SELECT promotion_id, market, kind::int AS kind, sum(taken) AS taken, sum(taken_max) AS taken_max,
           sum(amount_minor) AS amount_minor, sum(amount_max_minor) AS amount_max_minor
    FROM promotions_allowance
    GROUP BY promotion_id, market, kind
), collected AS (
    SELECT promotion_id, market, 2 AS kind, sum(held) AS held FROM promotions_coupon GROUP BY promotion_id, market
), faults AS (
    SELECT format('promotion %s in %s gave %s of %s and %s of %s; its limits are %s and %s', promotion_id, market,
                  s.taken, s.taken_max, s.amount_minor, s.amount_max_minor, b.taken_max, b.amount_max_minor) AS what
    FROM bounds AS b
    FULL JOIN slices AS s USING (promotion_id, market, kind)
    WHERE s.taken IS NULL OR b.taken_max IS DISTINCT FROM s.taken_max
       OR b.amount_max_minor IS DISTINCT FROM s.amount_max_minor
    UNION ALL
    SELECT format('slice of promotion %s in lane %s gave more than it has', promotion_id, lane)
    FROM promotions_allowance
    WHERE taken > taken_max OR amount_minor > amount_max_minor
    UNION ALL
    SELECT format('slice of promotion %s in lane %s, which is no writer''s first', a.promotion_id, a.lane)
    FROM promotions_allowance AS a
    WHERE NOT EXISTS (SELECT FROM kernel_writer AS w WHERE w.lane_from = a.lane)
    UNION ALL
    SELECT format('%s coupons of promotion %s in %s, %s of them counted', COALESCE(c.held, 0), promotion_id, market,
                  s.taken)
    FROM slices AS s
    LEFT JOIN collected AS c USING (promotion_id, market, kind)
    WHERE kind = 2 AND s.taken <> COALESCE(c.held, 0)
    UNION ALL
    SELECT format('shopper %s has coupon %s, one of which is not there or elsewhere', c.shopper_id, c.promotion_id)
    FROM promotions_coupon AS c
    LEFT JOIN promotions_promotion AS p ON p.id = c.promotion_id AND p.needs_coupon
    LEFT JOIN identity_shopper AS s ON s.id = c.shopper_id AND s.lane = c.lane
    WHERE p.id IS NULL OR s.id IS NULL OR c.used NOT BETWEEN 0 AND c.held
    UNION ALL
    SELECT format('shopper %s used promotion %s %s times of %s, or one of them is not there', u.shopper_id,
                  u.promotion_id, u.uses, p.shopper_uses_max)
    FROM promotions_shopperuse AS u
    LEFT JOIN promotions_promotion AS p ON p.id = u.promotion_id
    LEFT JOIN identity_shopper AS s ON s.id = u.shopper_id AND s.lane = u.lane
    WHERE p.id IS NULL OR s.id IS NULL OR u.uses NOT BETWEEN 0 AND p.shopper_uses_max
)
SELECT (SELECT count(*) FROM promotions_allowance) + (SELECT count(*) FROM promotions_shopperuse)
           + (SELECT count(*) FROM promotions_coupon),
       (SELECT count(*) FROM faults), (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
