-- Find keys that made two purchases, purchases with more keys than one to place and one a payment, and keys forgotten.
-- Locks: nothing. A key lives for two days, so what is younger than a day must have its own.
WITH used_twice AS (
    SELECT key, shopper_id FROM orders_purchasekey GROUP BY key, shopper_id HAVING count(*) > 1
), said_twice AS (
    SELECT key, shopper_id FROM verify_acknowledged GROUP BY key, shopper_id HAVING count(DISTINCT purchase_id) > 1
), keys_of AS (
    SELECT lane, purchase_id, count(*) AS keys FROM orders_purchasekey GROUP BY lane, purchase_id
), faults AS (
    SELECT format('key %s of shopper %s stands for more than one purchase', key, shopper_id) AS what
    FROM (SELECT * FROM used_twice UNION SELECT * FROM said_twice) AS twice
    UNION ALL
    SELECT format('key %s, line %s: said purchase %s, leads to %s', a.key, a.line_no, a.purchase_id, k.purchase_id)
    FROM verify_acknowledged AS a
    JOIN orders_purchasekey AS k ON k.key = a.key AND k.shopper_id = a.shopper_id
    WHERE k.purchase_id <> a.purchase_id AND (a.key, a.shopper_id) NOT IN (SELECT key, shopper_id FROM used_twice)
      AND (a.key, a.shopper_id) NOT IN (SELECT key, shopper_id FROM said_twice)
    UNION ALL
    SELECT format('purchase %s has %s keys', p.id, COALESCE(k.keys, 0))
    FROM orders_purchase AS p
    LEFT JOIN keys_of AS k ON k.lane = p.lane AND k.purchase_id = p.id
    WHERE k.keys > 1 + (p.paid_at IS NOT NULL)::int + (p.deposited_at IS NOT NULL)::int
       OR k.keys IS NULL AND p.placed_at > now() - interval '1 day'
)
SELECT (SELECT count(*) FROM orders_purchasekey), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
