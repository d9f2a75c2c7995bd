-- Read the brands and categories in whose names a word begins with the words typed so far.
-- Locks: nothing. Both tables are small: a name is kept once, however many goods bear it.
(
    SELECT 'brand', b.slug, b.name FROM catalog_brand AS b
    WHERE ' ' || lower(b.name) LIKE %(name_part)s AND EXISTS (SELECT FROM catalog_product AS p WHERE p.brand_id = b.slug)
    ORDER BY lower(b.name) NOT LIKE %(name_start)s, length(b.name), b.slug LIMIT %(brands_max)s
)
UNION ALL
(
    SELECT 'category', c.code, n.name
    FROM catalog_category AS c
    CROSS JOIN LATERAL (SELECT COALESCE(c.names ->> %(language)s, c.names ->> 'en') AS name) AS n
    WHERE ' ' || lower(n.name) LIKE %(name_part)s
      AND EXISTS (
          SELECT FROM catalog_product AS p
          WHERE p.category_id = c.code
             OR (p.category_id ~>=~ (c.code || '.') AND p.category_id ~<~ (c.code || '/'))
      )
    ORDER BY lower(n.name) NOT LIKE %(name_start)s, length(n.name), c.code LIMIT %(categories_max)s
)
