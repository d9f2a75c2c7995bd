-- Rank the products with deals of a festival in a market, a row a deal: hall by hall, the greatest discount first.
-- Locks: nothing. The discount is that of the cheapest variant; the rows of a product in a hall stand together.
SELECT r.hall_id, r.product_id, r.merchant_id, r.deal_id, floor(extract(epoch FROM r.closes_at) * 1000)::bigint
FROM (
    SELECT d.hall_id, s.product_id, s.merchant_id, d.id AS deal_id,
           COALESCE(dp.closes_at, d.closes_at) AS closes_at,
           first_value(dp.price_minor::float8 / p.price_minor) OVER (
               PARTITION BY d.hall_id, s.product_id ORDER BY dp.price_minor, p.price_minor DESC
           ) AS ratio
    FROM festivals_deal AS d
    JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
    JOIN catalog_sku AS s ON s.id = d.sku_id AND s.on_sale
    JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
    WHERE d.festival_id = %(festival)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
      AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = d.id)
) AS r
ORDER BY r.hall_id NULLS LAST, r.ratio, r.product_id, r.deal_id
