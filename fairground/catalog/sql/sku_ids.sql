-- Find SKUs by merchant and the merchant's own id.
-- Locks: nothing; the caller has the writers' turn.
SELECT k.merchant_id, k.external_id, k.id
FROM unnest(%(merchant_ids)s::bigint[], %(external_ids)s::text[]) AS wanted (merchant_id, external_id)
JOIN catalog_sku AS k ON k.merchant_id = wanted.merchant_id AND k.external_id = wanted.external_id
