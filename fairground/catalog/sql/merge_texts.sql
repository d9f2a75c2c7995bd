-- Write the staged texts that are new or changed.
-- Locks: those rows; the caller has the writers' turn. OFFSET 0: see merge_prices.sql.
INSERT INTO catalog_producttext AS t (product_id, language, title, description)
SELECT s.product_id, s.language, s.title, s.description
FROM stage_text AS s
LEFT JOIN LATERAL (
    SELECT product_id, title, description FROM catalog_producttext AS t
    WHERE t.product_id = s.product_id AND t.language = s.language OFFSET 0
) AS was ON true
WHERE was.product_id IS NULL OR (was.title, was.description) IS DISTINCT FROM (s.title, s.description)
ON CONFLICT (product_id, language) DO UPDATE SET title = excluded.title, description = excluded.description
