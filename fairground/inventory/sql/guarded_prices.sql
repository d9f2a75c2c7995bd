-- Read the usual price of SKUs in every market, and the lowest of the thirty days before a reduction that began at a moment.
-- Locks: nothing. What a deal of the same festival asks is no price before it.
SELECT p.sku_id, p.market_id, p.currency, p.price_minor, b.prior_minor
FROM catalog_price AS p
LEFT JOIN festivals_deal AS d ON d.sku_id = p.sku_id AND d.festival_id = %(festival)s
CROSS JOIN LATERAL inventory_prior_price(
    p.sku_id, p.market_id, p.price_minor, COALESCE(d.id, 0), %(reduced_at)s::timestamptz
) AS b
WHERE p.sku_id = ANY(%(sku_ids)s::bigint[])
ORDER BY p.sku_id, p.market_id
