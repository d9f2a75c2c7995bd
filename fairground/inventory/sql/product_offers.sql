-- Read the variants of a product as they are offered in a market, with the festival's deals and what is left.
-- Locks: nothing.
SELECT s.id, o.options, p.price_minor, COALESCE(b.prior_minor, p.price_minor), p.currency, dp.price_minor,
       d.id, COALESCE(d.buyer_limit, 0), COALESCE(dp.opens_at, d.opens_at), COALESCE(dp.closes_at, d.closes_at),
       COALESCE(di.units, d.units, 0), COALESCE(di.units - di.reserved - di.sold, d.units, 0), COALESCE(st.units_left, 0),
       s.gtin, COALESCE(st.sent_from, '{}')
FROM catalog_sku AS s
JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = %(market)s
LEFT JOIN (
    festivals_deal AS d JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
) ON d.sku_id = s.id AND d.festival_id = %(festival)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
    AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = d.id)
LEFT JOIN inventory_stock AS di ON di.lane = d.lane AND di.sku_id = d.sku_id AND di.deal_id = d.id
LEFT JOIN LATERAL inventory_prior_price(
    s.id, %(market)s, p.price_minor, d.id, LEAST(COALESCE(dp.opens_at, d.opens_at), %(now)s)
) AS b ON d.id IS NOT NULL
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(COALESCE(v.names ->> %(language)s, v.names ->> 'en', x.value) ORDER BY x.key), '{}') AS options
    FROM jsonb_each_text(s.options) AS x LEFT JOIN catalog_optionvalue AS v ON v.code = x.value
) AS o
LEFT JOIN LATERAL (
    SELECT sum(i.units - i.reserved - i.sold) FILTER (WHERE i.deal_id IS NULL)::int AS units_left,
           array_agg(DISTINCT z.country::text) AS sent_from
    FROM inventory_stock AS i JOIN inventory_place AS z ON z.id = i.place_id
    WHERE i.lane = s.lane AND i.sku_id = s.id
) AS st ON true
WHERE s.product_id = %(product_id)s AND s.on_sale
ORDER BY s.id
