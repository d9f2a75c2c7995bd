-- Find the products, and the products of the SKUs, that any merchant calls by an id of its own.
-- Locks: nothing. The indexes begin with the merchant, so each is asked once: thousands of merchants, some milliseconds.
SELECT found.product_id
FROM merchants_merchant AS m
CROSS JOIN LATERAL (
    (SELECT p.id AS product_id FROM catalog_product AS p
     WHERE p.merchant_id = m.id AND p.external_id = %(external_id)s OFFSET 0)
    UNION
    (SELECT s.product_id FROM catalog_sku AS s
     WHERE s.merchant_id = m.id AND s.external_id = %(external_id)s OFFSET 0)
) AS found
