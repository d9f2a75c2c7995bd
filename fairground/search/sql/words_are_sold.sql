-- Tell whether a market sells anything with these words, on whatever shelf and at whatever price.
-- Locks: nothing. It ends with the first that is sold.
SELECT EXISTS (
    SELECT FROM search_document AS d
    WHERE d.words @@ %(query)s::tsquery AND (d.language = %(language)s OR d.is_fallback)
      AND EXISTS (
          SELECT FROM catalog_sku AS s JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
          WHERE s.product_id = d.product_id AND s.on_sale
      )
)
