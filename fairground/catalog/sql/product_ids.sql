-- Find products by merchant and the merchant's own id.
-- Locks: nothing; the caller has the writers' turn.
SELECT p.merchant_id, p.external_id, p.id
FROM unnest(%(merchant_ids)s::bigint[], %(external_ids)s::text[]) AS wanted (merchant_id, external_id)
JOIN catalog_product AS p ON p.merchant_id = wanted.merchant_id AND p.external_id = wanted.external_id
