-- Add up each purchase: its total is that of its orders, which are those it names, in that order, of the same shopper.
-- Locks: nothing.
WITH sums AS (
    SELECT purchase_lane, purchase_id, array_agg(id ORDER BY position) AS order_ids,
           array_agg(position ORDER BY position) AS positions, sum(total_minor) AS total_minor, min(lane) AS lane,
           min(shopper_id) AS shopper_from, max(shopper_id) AS shopper_to,
           min(currency) AS currency_from, max(currency) AS currency_to,
           min(market) AS market_from, max(market) AS market_to
    FROM orders_order
    GROUP BY purchase_lane, purchase_id
), faults AS (
    SELECT format('purchase %s: %s %s for orders %s, which are %s of %s', p.id, p.total_minor, p.currency, p.order_ids,
                  s.order_ids, s.total_minor) AS what,
           abs(p.total_minor - COALESCE(s.total_minor, 0)) AS off
    FROM orders_purchase AS p
    LEFT JOIN sums AS s ON s.purchase_lane = p.lane AND s.purchase_id = p.id
    WHERE (p.total_minor::numeric, p.order_ids, p.lane) IS DISTINCT FROM (s.total_minor, s.order_ids, s.lane)
       OR s.positions <> ARRAY(SELECT generate_series(1, cardinality(p.order_ids)))::smallint[]
       OR (s.shopper_from, s.currency_from, s.market_from) <> (p.shopper_id, p.currency, p.market)
       OR (s.shopper_to, s.currency_to, s.market_to) <> (p.shopper_id, p.currency, p.market)
)
SELECT (SELECT count(*) FROM orders_purchase), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
