-- Read the codes that brought a merchant most before it came to us, returns taken off, with the titles of today.
-- Locks: nothing. It reads all of the merchant's past sales in the currency, once.
SELECT sold.sku, t.title, sold.units, sold.amount_mills
FROM (
    SELECT sku, sum(quantity)::bigint AS units, sum(quantity * unit_price_mills)::bigint AS amount_mills
    FROM pastsales_pastsale
    WHERE merchant_id = %(merchant_id)s AND currency = %(currency)s
    GROUP BY sku ORDER BY amount_mills DESC, sku LIMIT %(limit)s
) AS sold
LEFT JOIN catalog_sku AS s ON s.merchant_id = %(merchant_id)s AND s.external_id = sold.sku
LEFT JOIN LATERAL (
    SELECT x.title FROM catalog_producttext AS x WHERE x.product_id = s.product_id
    ORDER BY x.language = 'en' DESC, x.language LIMIT 1
) AS t ON true
ORDER BY sold.amount_mills DESC, sold.sku
