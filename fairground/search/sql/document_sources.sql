-- Read what the documents of products are to be made from, where there is none or it was made from something else.
-- Locks: nothing. The fallback is the language in which a card shows the title where the reader's own is missing.
SELECT product_id, language, is_fallback, title, description, brand, codes, category, source
FROM (
    SELECT f.*, hashtextextended(
        concat_ws(chr(31), f.is_fallback, f.title, f.description, f.brand, f.codes, f.category), %(version)s
    ) AS source
    FROM (
        SELECT t.product_id, t.language, t.title, t.description, COALESCE(b.name, '') AS brand,
               COALESCE((
                   SELECT string_agg(concat_ws(' ', s.gtin, s.external_id), ' ' ORDER BY s.id)
                   FROM catalog_sku AS s WHERE s.product_id = t.product_id
               ), '') AS codes,
               concat_ws(
                   ' ',
                   COALESCE(c.names ->> t.language, c.names ->> 'en'), COALESCE(u.names ->> t.language, u.names ->> 'en')
               ) AS category,
               t.language = (
                   SELECT x.language FROM catalog_producttext AS x WHERE x.product_id = t.product_id
                   ORDER BY x.language = 'en' DESC, x.language LIMIT 1
               ) AS is_fallback
        FROM catalog_producttext AS t
        JOIN catalog_product AS p ON p.id = t.product_id
        LEFT JOIN catalog_brand AS b ON b.slug = p.brand_id
        LEFT JOIN catalog_category AS c ON c.code = p.category_id
        LEFT JOIN catalog_category AS u ON u.code = c.parent_id
        WHERE t.product_id = ANY(%(product_ids)s::bigint[])
    ) AS f
) AS now
WHERE NOT EXISTS (
    SELECT FROM search_document AS d
    WHERE d.product_id = now.product_id AND d.language = now.language AND d.source = now.source
)
ORDER BY product_id, language
