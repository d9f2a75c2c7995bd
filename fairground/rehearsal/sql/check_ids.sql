-- Look whether the lane in each id is the row's lane, and whether ids drawn under the turn were drawn once.
-- Locks: nothing.
WITH rows_with_lane AS NOT MATERIALIZED (
    SELECT 'purchase' AS what, lane, id FROM orders_purchase
    UNION ALL SELECT 'order', lane, id FROM orders_order
    UNION ALL SELECT 'purchase of order', purchase_lane, purchase_id FROM orders_order
    UNION ALL SELECT 'line of order', lane, order_id FROM orders_orderline
    UNION ALL SELECT 'discount of order', lane, order_id FROM orders_linediscount
    UNION ALL SELECT 'address of order', lane, order_id FROM orders_orderaddress
    UNION ALL SELECT 'key of purchase', lane, purchase_id FROM orders_purchasekey
    UNION ALL SELECT '"my purchases" of shopper', lane, shopper_id FROM orders_shopperpurchase
    UNION ALL SELECT 'account', lane, id FROM ledger_account
    UNION ALL SELECT 'transfer', lane, id FROM ledger_transfer
    UNION ALL SELECT 'end of transfer', lane, transfer_id FROM ledger_transferend
    UNION ALL SELECT 'release of order', lane, order_id FROM settlement_release
    UNION ALL SELECT 'line of statement', lane, id FROM settlement_entry
    UNION ALL SELECT 'payout', lane, id FROM settlement_payout
    UNION ALL SELECT 'stock', lane, id FROM inventory_stock
    UNION ALL SELECT 'buyer of deal', lane, deal_id FROM festivals_dealbuyer
    UNION ALL SELECT 'packet', lane, id FROM redpackets_packet
    UNION ALL SELECT 'shopper of packet', lane, shopper_id FROM redpackets_packet
    UNION ALL SELECT 'entrant of draw', lane, shopper_id FROM draws_entry
    UNION ALL SELECT 'deal', lane, id FROM festivals_deal
    UNION ALL SELECT 'SKU', lane, id FROM catalog_sku
    UNION ALL SELECT 'merchant', lane, id FROM merchants_merchant
    UNION ALL SELECT 'shopper', lane, id FROM identity_shopper
), faults AS (
    SELECT format('%s %s stands in lane %s', what, id, lane) AS what
    FROM rows_with_lane
    WHERE lane <> ((id >> 12) & 1023) OR lane NOT BETWEEN 0 AND 63
    UNION ALL
    SELECT format('id %s was drawn %s times', id, count(*))
    FROM (
        SELECT id FROM orders_purchase UNION ALL SELECT id FROM orders_order
        UNION ALL SELECT id FROM ledger_account UNION ALL SELECT id FROM ledger_transfer
        UNION ALL SELECT id FROM redpackets_packet
        UNION ALL SELECT id FROM settlement_entry UNION ALL SELECT id FROM settlement_payout
    ) AS drawn
    GROUP BY id
    HAVING count(*) > 1
)
SELECT (SELECT count(*) FROM rows_with_lane), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
