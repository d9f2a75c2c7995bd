-- Read what promotions go by of products: merchant, category, SKUs, and the halls and SKUs of deals now open in a market.
-- Locks: nothing.
SELECT p.id, p.merchant_id, p.category_id, k.sku_ids, d.sku_ids, d.hall_ids
FROM unnest(%(product_ids)s::bigint[]) AS w (id)
JOIN catalog_product AS p ON p.id = w.id
LEFT JOIN LATERAL (
    SELECT array_agg(s.id ORDER BY s.id) AS sku_ids
    FROM catalog_sku AS s
    WHERE s.product_id = p.id AND s.on_sale
) AS k ON true
LEFT JOIN LATERAL (
    SELECT array_agg(d.sku_id ORDER BY d.sku_id) AS sku_ids, array_agg(d.hall_id ORDER BY d.sku_id) AS hall_ids
    FROM festivals_deal AS d
    JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
    WHERE d.sku_id = ANY (k.sku_ids)
      AND COALESCE(dp.opens_at, d.opens_at) <= %(now)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
) AS d ON true
