-- Read which of these orders are due, by their keys: nothing of what else is due is passed, as the turn is held meanwhile.
-- Locks: nothing; under the turn of their lanes it holds. The conditions are those of `due_orders`, but what was set aside
-- is read too.
SELECT d.order_id
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN settlement_due AS d ON d.lane = w.lane AND d.order_id = w.id
LEFT JOIN settlement_terms AS t ON t.merchant_id = d.merchant_id
WHERE t.held IS NOT TRUE
  AND NOT EXISTS (SELECT FROM orders_unitsheld AS h WHERE h.lane = d.lane AND h.order_id = d.order_id)
  AND NOT EXISTS (SELECT FROM fulfilment_withdrawal AS x
                  WHERE x.lane = d.lane AND x.order_id = d.order_id AND x.settled_at IS NULL)
