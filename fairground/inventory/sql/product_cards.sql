-- Read products as a shopper sees them in a grid: the best price in a market, and what is left of the festival's deals.
-- Locks: nothing. First comes the best product of each hall, then each hall's second, and so on; sold out ones last.
WITH offers AS (
    SELECT s.product_id, s.id AS sku_id, d.id AS deal_id, d.hall_id, d.opens_at, d.closes_at,
           COALESCE(dp.price_minor, p.price_minor) AS price_minor, p.price_minor AS usual_minor, p.currency,
           COALESCE(i.units, d.units) AS units, COALESCE(i.units - i.reserved - i.sold, d.units) AS units_left
    FROM catalog_sku AS s
    JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
    LEFT JOIN (
        festivals_deal AS d JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
    ) ON d.sku_id = s.id AND d.festival_id = %(festival)s AND d.closes_at > %(now)s
    LEFT JOIN inventory_stock AS i ON i.lane = d.lane AND i.sku_id = d.sku_id AND i.deal_id = d.id
    WHERE s.on_sale
      AND (%(hall_id)s::smallint IS NULL OR d.hall_id = %(hall_id)s)
      AND (%(merchant_id)s::bigint IS NULL OR s.merchant_id = %(merchant_id)s)
      AND (%(merchant_id)s::bigint IS NOT NULL OR d.id IS NOT NULL)
), products AS (
    SELECT product_id, min(hall_id) AS hall_id, min(price_minor) AS price_minor, max(price_minor) AS highest_minor,
           (array_agg(usual_minor ORDER BY price_minor, usual_minor DESC))[1] AS usual_minor, min(currency) AS currency,
           COALESCE(sum(units), 0)::int AS units, COALESCE(sum(units_left), 0)::int AS units_left,
           COALESCE(jsonb_object_agg(deal_id, units_left) FILTER (WHERE deal_id IS NOT NULL), '{}') AS deals,
           min(opens_at) AS opens_at, max(closes_at) AS closes_at
    FROM offers GROUP BY product_id
), ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY hall_id
        ORDER BY units > 0 AND units_left = 0, price_minor::numeric / usual_minor, product_id
    ) AS place
    FROM products ORDER BY units = 0, place, hall_id LIMIT %(limit)s OFFSET %(offset)s
)
SELECT r.product_id, t.title, c.brand_id, c.category_id, m.slug, m.name, m.country, h.name,
       r.price_minor, r.usual_minor, r.highest_minor > r.price_minor, r.currency,
       r.units, r.deals, r.opens_at, r.closes_at, pp.name, pp.width, pp.height
FROM ranked AS r
JOIN catalog_product AS c ON c.id = r.product_id
JOIN merchants_merchant AS m ON m.id = c.merchant_id
LEFT JOIN festivals_hall AS h ON h.id = r.hall_id
LEFT JOIN catalog_productpicture AS pp ON pp.product_id = r.product_id AND pp.position = 1
CROSS JOIN LATERAL (
    SELECT x.title FROM catalog_producttext AS x WHERE x.product_id = r.product_id
    ORDER BY x.language = %(language)s DESC, x.language = 'en' DESC, x.language LIMIT 1
) AS t
ORDER BY r.units = 0, r.place, r.hall_id
