-- Write the staged SKUs that are new or changed; whether one is on sale stays as it is.
-- Locks: those rows; the caller has the writers' turn. OFFSET 0: see merge_prices.sql.
INSERT INTO catalog_sku AS k (id, lane, merchant_id, product_id, external_id, gtin, options, hs_code)
SELECT s.id, s.lane, s.merchant_id, s.product_id, s.external_id, s.gtin, s.options, s.hs_code
FROM stage_sku AS s
LEFT JOIN LATERAL (
    SELECT id, product_id, gtin, options, hs_code FROM catalog_sku AS t WHERE t.id = s.id OFFSET 0
) AS was ON true
WHERE was.id IS NULL
   OR (was.product_id, was.gtin, was.options, was.hs_code)
      IS DISTINCT FROM (s.product_id, s.gtin, s.options, s.hs_code)
ON CONFLICT (id) DO UPDATE
SET product_id = excluded.product_id, gtin = excluded.gtin, options = excluded.options, hs_code = excluded.hs_code
