-- Find products by words in any language, whether a market sells them or not.
-- Locks: nothing. The GIN index yields them; the bound is set before anything else, as a product has several documents.
SELECT DISTINCT fitting.product_id
FROM (
    SELECT d.product_id FROM search_document AS d WHERE d.words @@ %(query)s::tsquery LIMIT 8 * %(products_max)s
) AS fitting
LIMIT %(products_max)s
