-- Compare each presale with its deal, which has the same prices, and each one that was placed with the deal of its line.
-- Locks: nothing. What was taken off when it was ordered leaves more than the deposit to pay. The difference is the
-- presales that disagree.
WITH declared AS (
    SELECT format('deal %s in %s: a presale at %s, the deal at %s', COALESCE(y.presale_id, x.deal_id),
                  COALESCE(y.market_id, x.market_id), y.price_minor, x.price_minor) AS what,
           y.price_minor IS DISTINCT FROM x.price_minor AS wrong
    FROM festivals_presaleprice AS y
    FULL JOIN (
        SELECT dp.* FROM festivals_dealprice AS dp JOIN festivals_presale AS r ON r.deal_id = dp.deal_id
    ) AS x ON x.deal_id = y.presale_id AND x.market_id = y.market_id
), placed AS (
    SELECT format('purchase %s with a deposit of %s has %s lines of a presale', p.id, p.deposit_minor, count(r.deal_id))
               AS what, count(*) <> 1 OR count(r.deal_id) <> 1 AS wrong
    FROM orders_purchase AS p
    CROSS JOIN LATERAL unnest(p.order_ids) AS k (order_id)
    JOIN orders_orderline AS l ON l.lane = ((k.order_id >> 12) & 1023)::smallint AND l.order_id = k.order_id
    LEFT JOIN festivals_presale AS r ON r.deal_id = l.deal_id
    WHERE p.deposit_minor > 0
    GROUP BY p.lane, p.id, p.deposit_minor
), lowered AS (
    SELECT format('purchase %s was ordered with %s off %s, and a deposit of %s', p.id, g.amount_minor, l.goods_minor,
                  p.deposit_minor) AS what, l.goods_minor - g.amount_minor <= p.deposit_minor AS wrong
    FROM orders_purchase AS p
    JOIN orders_orderline AS l ON l.lane = ((p.order_ids[1] >> 12) & 1023)::smallint AND l.order_id = p.order_ids[1]
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(d.amount_minor), 0) AS amount_minor
        FROM orders_linediscount AS d
        WHERE d.lane = l.lane AND d.order_id = l.order_id AND d.line_no = l.line_no AND d.source NOT LIKE 'guarantee:%'
    ) AS g
    WHERE p.deposit_minor > 0
), faults AS (
    SELECT what FROM declared WHERE wrong UNION ALL SELECT what FROM placed WHERE wrong
    UNION ALL SELECT what FROM lowered WHERE wrong
)
SELECT (SELECT count(*) FROM declared) + (SELECT count(*) FROM placed), (SELECT count(*) FROM faults),
       (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
