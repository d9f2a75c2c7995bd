-- Read given products as a shopper sees them in a grid, in the order given, without those that are not sold there.
-- Locks: nothing.
WITH asked AS (
    SELECT id, place FROM unnest(%(product_ids)s::bigint[]) WITH ORDINALITY AS a (id, place)
), offers AS (
    SELECT a.id AS product_id, d.id AS deal_id, d.hall_id,
           COALESCE(dp.opens_at, d.opens_at) AS opens_at, COALESCE(dp.closes_at, d.closes_at) AS closes_at,
           COALESCE(dp.price_minor, p.price_minor) AS price_minor,
           COALESCE(b.prior_minor, p.price_minor) AS prior_minor, p.currency,
           COALESCE(i.units, d.units) AS units, COALESCE(i.units - i.reserved - i.sold, d.units) AS units_left
    FROM asked AS a
    JOIN catalog_sku AS s ON s.product_id = a.id AND s.on_sale
    JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
    LEFT JOIN (
        festivals_deal AS d JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
    ) ON d.sku_id = s.id AND d.festival_id = %(festival)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
        AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = d.id)
    LEFT JOIN inventory_stock AS i ON i.lane = d.lane AND i.sku_id = d.sku_id AND i.deal_id = d.id
    LEFT JOIN LATERAL inventory_prior_price(
        s.id, %(market)s, p.price_minor, d.id, LEAST(COALESCE(dp.opens_at, d.opens_at), %(now)s)
    ) AS b ON d.id IS NOT NULL
    WHERE NOT %(deals_only)s OR d.id IS NOT NULL
), products AS (
    SELECT product_id, min(hall_id) AS hall_id, min(price_minor) AS price_minor, max(price_minor) AS highest_minor,
           (array_agg(prior_minor ORDER BY price_minor, prior_minor DESC))[1] AS prior_minor, min(currency) AS currency,
           COALESCE(sum(units), 0)::int AS units,
           COALESCE(jsonb_object_agg(deal_id, units_left) FILTER (WHERE deal_id IS NOT NULL), '{}') AS deals,
           min(opens_at) AS opens_at, max(closes_at) AS closes_at,
           LEAST(min(opens_at) FILTER (WHERE opens_at > %(now)s), min(closes_at)) AS changes_at
    FROM offers GROUP BY product_id
)
SELECT r.product_id, t.title, c.brand_id, c.category_id, m.slug, m.name, m.country, h.name,
       r.price_minor, r.prior_minor, r.highest_minor > r.price_minor, r.currency,
       r.units, r.deals, r.opens_at, r.closes_at, r.changes_at, pp.name, pp.width, pp.height
FROM asked AS a
JOIN products AS r ON r.product_id = a.id
JOIN catalog_product AS c ON c.id = r.product_id
JOIN merchants_merchant AS m ON m.id = c.merchant_id
LEFT JOIN festivals_hall AS h ON h.id = r.hall_id
LEFT JOIN catalog_productpicture AS pp ON pp.product_id = r.product_id AND pp.position = 1
CROSS JOIN LATERAL (
    SELECT x.title FROM catalog_producttext AS x WHERE x.product_id = r.product_id
    ORDER BY x.language = %(language)s DESC, x.language = 'en' DESC, x.language LIMIT 1
) AS t
ORDER BY a.place
