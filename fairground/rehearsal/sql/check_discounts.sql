-- Compare what promotions, shoppers' limits, coupons and red packets counted with the discounts that orders keep.
-- Locks: nothing. A slice's kind is 1 for uses; states 6 and 7 are expired and cancelled; what has no limit has no slice.
-- Kept is what neither ended with its order nor with units that were refunded; who keeps nothing has the use back.
WITH ended AS (
    SELECT lane, order_id, line_no, step, source, funder, sum(amount_minor) AS amount_minor
    FROM orders_refunddiscount
    GROUP BY lane, order_id, line_no, step, source, funder
), kept AS (
    SELECT d.source, o.market, o.shopper_id, o.purchase_id,
           sum(d.amount_minor - COALESCE(e.amount_minor, 0)) AS amount_minor
    FROM orders_linediscount AS d
    JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id
    LEFT JOIN ended AS e ON e.lane = d.lane AND e.order_id = d.order_id AND e.line_no = d.line_no
         AND e.step = d.step AND e.source = d.source AND e.funder = d.funder
    WHERE d.source ~ '^(promotion|coupon|packet):[0-9]+$' AND o.state NOT IN (6, 7)
    GROUP BY d.source, o.market, o.shopper_id, o.purchase_id
    HAVING sum(d.amount_minor - COALESCE(e.amount_minor, 0)) <> 0
), given AS (
    SELECT split_part(source, ':', 1) AS word, split_part(source, ':', 2)::bigint AS promotion_id, market, shopper_id,
           purchase_id, amount_minor
    FROM kept
    WHERE source !~ '^packet'
), spent AS (
    SELECT split_part(source, ':', 2)::bigint AS packet_id, sum(amount_minor) AS amount_minor
    FROM kept
    WHERE source ~ '^packet'
    GROUP BY source
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
    UNION ALL
    SELECT format('packet %s used %s by its count, %s by the orders', packet_id, COALESCE(p.used_minor, 0),
                  COALESCE(s.amount_minor, 0))
    FROM spent AS s
    FULL JOIN (SELECT id AS packet_id, used_minor FROM redpackets_packet) AS p USING (packet_id)
    WHERE COALESCE(p.used_minor, 0) <> COALESCE(s.amount_minor, 0)
)
SELECT (SELECT count(*) FROM given), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
