-- Read products of a market for the words typed so far: whose title begins with them, then who has them all in it.
-- Locks: nothing. The second half runs only where the first leaves room, as nothing sorts the two together.
WITH found AS MATERIALIZED (
    SELECT product_id, language, row_number() OVER () AS place
    FROM (
        (
            SELECT d.product_id, d.language FROM search_document AS d
            WHERE d.language = ANY(%(languages)s::text[]) AND d.title_start LIKE %(title_start)s
              AND EXISTS (
                  SELECT FROM catalog_sku AS s JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
                  WHERE s.product_id = d.product_id AND s.on_sale
              )
            ORDER BY d.title_start LIMIT %(read_max)s
        )
        UNION ALL
        (
            SELECT d.product_id, d.language FROM search_document AS d
            WHERE d.language = ANY(%(languages)s::text[]) AND d.words @@ %(query)s::tsquery
              AND EXISTS (
                  SELECT FROM catalog_sku AS s JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
                  WHERE s.product_id = d.product_id AND s.on_sale
              )
            LIMIT %(read_max)s
        )
    ) AS halves
    LIMIT %(read_max)s
)
SELECT f.product_id, t.title
FROM found AS f
JOIN catalog_producttext AS t ON t.product_id = f.product_id AND t.language = f.language
ORDER BY f.place
