-- Find orders of merchants, shoppers, goods or stock that are not there, stock of nothing, and deals without stock.
-- Locks: nothing. A festival is frozen once one of its deals has a stock row of its own.
WITH faults AS (
    SELECT format('order %s of merchant %s, who is not there', o.id, o.merchant_id) AS what
    FROM orders_order AS o
    WHERE NOT EXISTS (SELECT FROM merchants_merchant AS m WHERE m.id = o.merchant_id)
    UNION ALL
    SELECT format('purchase %s of shopper %s, who is not there', p.id, p.shopper_id)
    FROM orders_purchase AS p
    WHERE NOT EXISTS (SELECT FROM identity_shopper AS s WHERE s.id = p.shopper_id)
    UNION ALL
    SELECT format('line %s of order %s: SKU %s is not the merchant''s', l.line_no, l.order_id, l.sku_id)
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    LEFT JOIN catalog_sku AS s ON s.id = l.sku_id AND s.merchant_id = o.merchant_id
    WHERE s.id IS NULL
    UNION ALL
    SELECT format('line %s of order %s: deal %s is not for SKU %s', l.line_no, l.order_id, l.deal_id, l.sku_id)
    FROM orders_orderline AS l
    LEFT JOIN festivals_deal AS d ON d.id = l.deal_id AND d.sku_id = l.sku_id
    WHERE l.deal_id IS NOT NULL AND d.id IS NULL
    UNION ALL
    SELECT format('line %s of order %s: stock %s is not for it', l.line_no, l.order_id, l.stock_id)
    FROM orders_orderline AS l
    LEFT JOIN inventory_stock AS s ON s.lane = l.lane AND s.id = l.stock_id AND s.sku_id = l.sku_id
         AND s.place_id = l.place_id AND s.deal_id IS NOT DISTINCT FROM l.deal_id
    WHERE s.id IS NULL
    UNION ALL
    SELECT format('stock %s of SKU %s at place %s for deal %s, one of which is not there', s.id, s.sku_id, s.place_id,
                  s.deal_id)
    FROM inventory_stock AS s
    LEFT JOIN catalog_sku AS k ON k.id = s.sku_id
    LEFT JOIN inventory_place AS p ON p.id = s.place_id
    LEFT JOIN festivals_deal AS d ON d.id = s.deal_id
    WHERE k.id IS NULL OR p.id IS NULL OR s.deal_id IS NOT NULL AND d.id IS NULL
    UNION ALL
    SELECT format('deal %s is open and was not frozen with its festival', d.id)
    FROM festivals_deal AS d
    WHERE d.opens_at <= now()
      AND NOT EXISTS (
          SELECT FROM inventory_stock AS s WHERE s.lane = d.lane AND s.sku_id = d.sku_id AND s.deal_id = d.id
      )
      AND d.festival_id IN (
          SELECT f.festival_id FROM festivals_deal AS f JOIN inventory_stock AS s ON s.deal_id = f.id
      )
    UNION ALL
    SELECT format('shopper %s has units of deal %s, one of whom is not there', b.shopper_id, b.deal_id)
    FROM festivals_dealbuyer AS b
    LEFT JOIN festivals_deal AS d ON d.id = b.deal_id
    LEFT JOIN identity_shopper AS s ON s.id = b.shopper_id
    WHERE d.id IS NULL OR s.id IS NULL
    UNION ALL
    SELECT format('tally of merchant %s, who is not there', t.merchant_id)
    FROM dashboard_merchanttally AS t
    WHERE NOT EXISTS (SELECT FROM merchants_merchant AS m WHERE m.id = t.merchant_id)
)
SELECT (SELECT count(*) FROM orders_order) + (SELECT count(*) FROM orders_purchase)
           + (SELECT count(*) FROM orders_orderline) + (SELECT count(*) FROM inventory_stock)
           + (SELECT count(*) FROM festivals_deal) + (SELECT count(*) FROM festivals_dealbuyer)
           + (SELECT count(*) FROM dashboard_merchanttally),
       (SELECT count(*) FROM faults), (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
