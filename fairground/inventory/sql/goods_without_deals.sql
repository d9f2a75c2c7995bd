-- Read a page of a merchant's products that a market sells, without those given, in the order in which they were made.
-- Locks: nothing. It walks an index from the merchant's first product to the end of the page, and no further.
SELECT c.id
FROM catalog_product AS c
WHERE c.merchant_id = %(merchant_id)s
  AND c.id <> ALL (%(product_ids)s::bigint[])
  AND EXISTS (
      SELECT FROM catalog_sku AS s JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
      WHERE s.product_id = c.id AND s.on_sale
  )
ORDER BY c.id LIMIT %(limit)s OFFSET %(offset)s
