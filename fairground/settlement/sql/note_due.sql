-- Write down the completed orders among these, to be released; those that are due or released already are left out.
-- Locks: nothing but the rows it adds. State 5 is completed, after which an order goes nowhere.
INSERT INTO settlement_due (lane, order_id, merchant_id)
SELECT o.lane, o.id, o.merchant_id
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_order AS o ON o.lane = w.lane AND o.id = w.id AND o.state = 5
WHERE NOT EXISTS (SELECT FROM settlement_release AS r WHERE r.lane = o.lane AND r.order_id = o.id)
ON CONFLICT (lane, order_id) DO NOTHING
