-- Find products by where they stand: in a category and all below it, of a brand, or anywhere.
-- Locks: nothing. Those with a deal come first, each once, so that the bound never cuts them off for others.
SELECT shelf.product_id, 0::real AS rank
FROM (
    (
        SELECT DISTINCT s.product_id
        FROM festivals_deal AS f
        JOIN catalog_sku AS s ON s.id = f.sku_id
        JOIN catalog_product AS p ON p.id = s.product_id
        WHERE f.festival_id = %(festival)s
          AND (f.closes_at > %(now)s OR EXISTS (
              SELECT FROM festivals_dealprice AS fp
              WHERE fp.deal_id = f.id AND fp.market_id = %(market)s AND fp.closes_at > %(now)s
          ))
          AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = f.id)
          AND (%(category)s::text IS NULL OR p.category_id = %(category)s
               OR (p.category_id ~>=~ (%(category)s || '.') AND p.category_id ~<~ (%(category)s || '/')))
          AND (%(brand)s::text IS NULL OR p.brand_id = %(brand)s)
        LIMIT %(candidates_max)s
    )
    UNION ALL
    SELECT p.id
    FROM catalog_product AS p
    WHERE NOT %(deals_only)s
      AND (%(category)s::text IS NULL OR p.category_id = %(category)s
           OR (p.category_id ~>=~ (%(category)s || '.') AND p.category_id ~<~ (%(category)s || '/')))
      AND (%(brand)s::text IS NULL OR p.brand_id = %(brand)s)
      AND NOT EXISTS (
          SELECT FROM catalog_sku AS s JOIN festivals_deal AS f ON f.sku_id = s.id
          WHERE s.product_id = p.id AND f.festival_id = %(festival)s
            AND (f.closes_at > %(now)s OR EXISTS (
                SELECT FROM festivals_dealprice AS fp
                WHERE fp.deal_id = f.id AND fp.market_id = %(market)s AND fp.closes_at > %(now)s
            ))
            AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = f.id)
      )
) AS shelf
LIMIT %(candidates_max)s
