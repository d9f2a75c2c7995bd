-- Find products by words, and how well they fit.
-- Locks: nothing. The bound is set before anything is ranked; a product may have two documents that a reader sees.
SELECT fitting.product_id, max(fitting.rank) AS rank
FROM (
    SELECT d.product_id, ts_rank_cd('{0.1, 0.2, 0.4, 1.0}', d.words, %(query)s::tsquery, 1) AS rank
    FROM search_document AS d
    JOIN catalog_product AS p ON p.id = d.product_id
    WHERE d.words @@ %(query)s::tsquery AND (d.language = %(language)s OR d.is_fallback)
      AND (%(category)s::text IS NULL OR p.category_id = %(category)s
           OR (p.category_id ~>=~ (%(category)s || '.') AND p.category_id ~<~ (%(category)s || '/')))
      AND (%(brand)s::text IS NULL OR p.brand_id = %(brand)s)
      AND (NOT %(deals_only)s OR EXISTS (
          SELECT FROM catalog_sku AS s JOIN festivals_deal AS f ON f.sku_id = s.id
          WHERE s.product_id = p.id AND f.festival_id = %(festival)s
            AND (f.closes_at > %(now)s OR EXISTS (
                SELECT FROM festivals_dealprice AS fp
                WHERE fp.deal_id = f.id AND fp.market_id = %(market)s AND fp.closes_at > %(now)s
            ))
            AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = f.id)
      ))
    LIMIT 2 * %(candidates_max)s
) AS fitting
GROUP BY fitting.product_id
LIMIT %(candidates_max)s
