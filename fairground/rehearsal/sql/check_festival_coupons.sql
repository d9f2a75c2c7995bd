-- Compare the coupons that shoppers were told of with those there are; of promotions that ran out none may be left.
-- Locks: nothing.
WITH told AS (
    SELECT * FROM unnest(%(promotion_ids)s::bigint[], %(shopper_ids)s::bigint[]) AS t (promotion_id, shopper_id)
), held AS (
    SELECT c.promotion_id, c.shopper_id FROM promotions_coupon AS c WHERE c.held > 0
), faults AS (
    SELECT format('shopper %%s was told of a coupon of %%s, which is not there', shopper_id, promotion_id) AS what, 1 AS off
    FROM (SELECT shopper_id, promotion_id FROM told EXCEPT SELECT shopper_id, promotion_id FROM held) AS missing
    UNION ALL
    SELECT format('shopper %%s has a coupon of %%s that nobody was told of', shopper_id, promotion_id), 1
    FROM (SELECT shopper_id, promotion_id FROM held EXCEPT SELECT shopper_id, promotion_id FROM told) AS unknown
    UNION ALL
    SELECT format('promotion %%s in %%s: %%s coupons of %%s, and others were sent away', t.promotion_id, t.market_id,
                  n.coupons, t.coupons_max), abs(t.coupons_max - n.coupons)
    FROM promotions_promotionterms AS t
    CROSS JOIN LATERAL (
        SELECT count(*) AS coupons
        FROM promotions_coupon AS c
        WHERE c.promotion_id = t.promotion_id AND c.market = t.market_id
    ) AS n
    WHERE t.promotion_id = ANY (%(gone)s::bigint[]) AND n.coupons IS DISTINCT FROM t.coupons_max
)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM faults), (SELECT COALESCE(sum(off), 0) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
