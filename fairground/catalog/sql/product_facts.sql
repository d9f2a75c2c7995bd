-- Read a product with its texts by language, and who sells it.
-- Locks: nothing.
SELECT p.id, t.texts::text, b.slug, b.name, c.code, c.names::text, m.slug, m.name, m.country, m.kind
FROM catalog_product AS p
JOIN merchants_merchant AS m ON m.id = p.merchant_id
LEFT JOIN catalog_brand AS b ON b.slug = p.brand_id
LEFT JOIN catalog_category AS c ON c.code = p.category_id
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(x.language, jsonb_build_array(x.title, x.description)) AS texts
    FROM catalog_producttext AS x
    WHERE x.product_id = p.id
) AS t
WHERE p.id = %(product_id)s
