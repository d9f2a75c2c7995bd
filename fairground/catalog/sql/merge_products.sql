-- Write the staged products that are new or changed.
-- Locks: those rows; the caller has the writers' turn. OFFSET 0: see merge_prices.sql.
INSERT INTO catalog_product AS p (id, merchant_id, external_id, brand_id, category_id, attributes)
SELECT s.id, s.merchant_id, s.external_id, s.brand_id, s.category_id, s.attributes
FROM stage_product AS s
LEFT JOIN LATERAL (
    SELECT id, brand_id, category_id, attributes FROM catalog_product AS t WHERE t.id = s.id OFFSET 0
) AS was ON true
WHERE was.id IS NULL
   OR (was.brand_id, was.category_id, was.attributes) IS DISTINCT FROM (s.brand_id, s.category_id, s.attributes)
ON CONFLICT (id) DO UPDATE
SET brand_id = excluded.brand_id, category_id = excluded.category_id, attributes = excluded.attributes
