-- Find which of these keys their shoppers used before, in whatever lane.
-- Locks: nothing; the turn keeps other batches out.
SELECT k.key, k.shopper_id, k.request_hash, k.purchase_id
FROM unnest(%(keys)s::uuid[], %(shopper_ids)s::bigint[]) AS w (key, shopper_id)
JOIN orders_purchasekey AS k ON k.key = w.key AND k.shopper_id = w.shopper_id
