-- Compare what promotions, shoppers' limits and coupons counted with the discounts of orders that have not ended unpaid.
-- Locks: nothing. A slice's kind is 1 for uses; states 6 and 7 are expired and cancelled; what has no limit has no slice.
WITH given AS (
    SELECT split_part(d.source, ':', 1) AS word, split_part(d.source, ':', 2)::bigint AS promotion_id,
           o.market, o.shopper_id, o.purchase_id, sum(d.amount_minor) AS amount_minor
    FROM orders_linediscount AS d
    JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id
    WHERE d.source ~ '^(promotion|coupon):[0-9]+$' AND o.state NOT IN (6, 7)
    GROUP BY d.source, o.market, o.shopper_id, o.purchase_id
), by_market AS (
    SELECT promotion_id, market, count(*) AS uses, sum(amount_minor) AS amount_minor
    FROM given
    GROUP BY promotion_id, market
), by_shopper AS (
    SELECT promotion_id, shopper_id, count(*) AS uses, count(*) FILTER (WHERE word = 'coupon') AS coupons
    FROM given
    GROUP BY promotion_id, shopper_id
), slices AS (
    SELECT promotion_id, market, sum(taken) AS uses, sum(amount_minor) AS amount_minor
    FROM promotions_allowance
    WHERE kind = 1
    GROUP BY promotion_id, market
), faults AS (
    SELECT format('promotion %s in %s counts %s uses and %s, its orders say %s and %s', promotion_id, market, s.uses,
                  s.amount_minor, COALESCE(m.uses, 0), COALESCE(m.amount_minor, 0)) AS what
    FROM slices AS s
    LEFT JOIN by_market AS m USING (promotion_id, market)
    WHERE (s.uses, s.amount_minor) <> (COALESCE(m.uses, 0), COALESCE(m.amount_minor, 0))
    UNION ALL
    SELECT format('shopper %s used promotion %s %s times by the count, %s times by the orders', shopper_id,
                  promotion_id, COALESCE(u.uses, 0), COALESCE(b.uses, 0))
    FROM promotions_shopperuse AS u
    FULL JOIN by_shopper AS b USING (promotion_id, shopper_id)
    LEFT JOIN promotions_promotion AS p ON p.id = promotion_id
    WHERE COALESCE(u.uses, 0) <> COALESCE(b.uses, 0) AND (u.uses IS NOT NULL OR p.shopper_uses_max > 0)
    UNION ALL
    SELECT format('shopper %s used coupon %s %s times by the count, %s times by the orders', shopper_id, promotion_id,
                  COALESCE(c.used, 0), COALESCE(b.coupons, 0))
    FROM promotions_coupon AS c
    FULL JOIN (SELECT * FROM by_shopper WHERE coupons > 0) AS b USING (promotion_id, shopper_id)
    WHERE COALESCE(c.used, 0) <> COALESCE(b.coupons, 0)
    UNION ALL
    SELECT format('purchase %s has a discount of %s %s, which is none of market %s', g.purchase_id, g.word,
                  g.promotion_id, g.market)
    FROM given AS g
    LEFT JOIN promotions_promotion AS p ON p.id = g.promotion_id AND p.needs_coupon = (g.word = 'coupon')
    LEFT JOIN promotions_promotionterms AS t ON t.promotion_id = p.id AND t.market_id = g.market
    WHERE t.promotion_id IS NULL
)
SELECT (SELECT count(*) FROM given), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
