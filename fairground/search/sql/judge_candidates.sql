-- Go on from `WITH candidates AS (…)`: what they cost in a market, which fit, a page of them, and what narrows them.
-- Locks: nothing. The price is the one on the card, which product_cards_by_id.sql reads.
, variants AS (
    SELECT c.product_id, c.rank, COALESCE(dp.price_minor, p.price_minor) AS price_minor, p.price_minor AS usual_minor,
           d.id IS NOT NULL AS has_deal, COALESCE(COALESCE(dp.opens_at, d.opens_at) <= %(now)s, false) AS deal_is_open,
           EXISTS (
               SELECT FROM inventory_stock AS i
               WHERE i.lane = s.lane AND i.sku_id = s.id AND i.units > i.reserved + i.sold
           ) AS has_stock
    FROM candidates AS c
    JOIN catalog_sku AS s ON s.product_id = c.product_id AND s.on_sale
    JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
    LEFT JOIN (
        festivals_deal AS d JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
    ) ON d.sku_id = s.id AND d.festival_id = %(festival)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
        AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = d.id)
), found AS MATERIALIZED (
    SELECT v.*, c.brand_id, c.category_id
    FROM (
        SELECT product_id, max(rank) AS rank, min(price_minor) AS price_minor,
               (array_agg(usual_minor ORDER BY price_minor, usual_minor DESC))[1] AS usual_minor,
               bool_or(has_deal) AS has_deal, bool_or(deal_is_open) AS deal_is_open, bool_or(has_stock) AS has_stock
        FROM variants GROUP BY product_id
    ) AS v
    JOIN catalog_product AS c ON c.id = v.product_id
    WHERE (NOT %(deals_only)s OR v.has_deal) AND (NOT %(in_stock)s OR v.has_stock)
      AND (%(price_from_minor)s::bigint IS NULL OR v.price_minor >= %(price_from_minor)s)
      AND (%(price_below_minor)s::bigint IS NULL OR v.price_minor < %(price_below_minor)s)
)
SELECT (SELECT count(*) FROM candidates),
       (SELECT count(*) FROM found),
       (SELECT count(*) FROM found AS f WHERE f.has_deal),
       (SELECT count(*) FROM found AS f WHERE f.has_stock),
       ARRAY(
           SELECT f.product_id FROM found AS f
           ORDER BY CASE %(sort)s
                        WHEN 'price_up' THEN f.price_minor
                        WHEN 'price_down' THEN -f.price_minor
                        WHEN 'newest' THEN -f.product_id
                    END,
                    CASE %(sort)s WHEN 'discount' THEN f.price_minor::float8 / f.usual_minor ELSE -f.rank END,
                    f.deal_is_open DESC, f.has_deal DESC, f.product_id
           LIMIT %(limit)s OFFSET %(offset)s
       ),
       (SELECT COALESCE(jsonb_object_agg(x.category_id, x.products), '{}')::text FROM (
           SELECT category_id, count(*) AS products FROM found WHERE category_id IS NOT NULL GROUP BY category_id
       ) AS x),
       (SELECT COALESCE(jsonb_agg(jsonb_build_array(x.slug, x.name, x.products)), '[]')::text FROM (
           SELECT b.slug, b.name, y.products
           FROM (SELECT brand_id, count(*) AS products FROM found GROUP BY brand_id) AS y
           JOIN catalog_brand AS b ON b.slug = y.brand_id
           ORDER BY y.products DESC, b.slug LIMIT %(brands_max)s
       ) AS x),
       (SELECT COALESCE(jsonb_object_agg(x.bucket, x.products), '{}')::text FROM (
           SELECT width_bucket(price_minor, %(edges_minor)s::bigint[]) AS bucket, count(*) AS products
           FROM found GROUP BY bucket
       ) AS x)
