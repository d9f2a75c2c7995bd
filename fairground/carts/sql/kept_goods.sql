-- Read what a shopper has in the cart, or on the wish list, as a market offers it now, whatever became of it.
-- Locks: nothing. A deal that costs more, or of which the shopper has all that one buyer may, is none; units are
-- those at one place, since a line is sent from one.
WITH kept AS (
    SELECT e.sku_id, e.quantity, e.aside, e.seen_minor, e.seen_currency, e.put_at
    FROM carts_cartentry AS e WHERE e.shopper_id = %(shopper_id)s AND NOT %(wishes)s
    UNION ALL
    SELECT w.sku_id, 1, false, w.seen_minor, w.seen_currency, w.put_at
    FROM carts_wish AS w WHERE w.shopper_id = %(shopper_id)s AND %(wishes)s
)
SELECT k.sku_id, s.product_id, c.brand_id, c.category_id, m.id, m.slug, m.name, t.title, o.options,
       k.quantity, k.aside, k.put_at, k.seen_minor, k.seen_currency, s.on_sale, h.currency, p.price_minor,
       COALESCE(b.prior_minor, p.price_minor),
       d.id, d.hall_id, dp.price_minor, COALESCE(NULLIF(d.buyer_limit, 0) - COALESCE(had.units, 0), 0),
       COALESCE(dp.opens_at, d.opens_at), COALESCE(dp.closes_at, d.closes_at),
       COALESCE(di.units - di.reserved - di.sold, d.units, 0), COALESCE(st.units_left, 0), pp.name, pp.width, pp.height
FROM kept AS k
JOIN markets_market AS h ON h.code = %(market)s
JOIN catalog_sku AS s ON s.id = k.sku_id
JOIN catalog_product AS c ON c.id = s.product_id
JOIN merchants_merchant AS m ON m.id = s.merchant_id
LEFT JOIN catalog_productpicture AS pp ON pp.product_id = s.product_id AND pp.position = 1
LEFT JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = h.code
LEFT JOIN (
    festivals_deal AS d JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = %(market)s
    LEFT JOIN festivals_dealbuyer AS had
        ON had.lane = d.lane AND had.deal_id = d.id AND had.shopper_id = %(shopper_id)s
) ON d.sku_id = s.id AND d.festival_id = %(festival)s AND COALESCE(dp.closes_at, d.closes_at) > %(now)s
    AND dp.price_minor <= p.price_minor
    AND (d.buyer_limit = 0 OR d.buyer_limit > COALESCE(had.units, 0))
    AND NOT EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = d.id)
LEFT JOIN inventory_stock AS di ON di.lane = d.lane AND di.sku_id = d.sku_id AND di.deal_id = d.id
LEFT JOIN LATERAL inventory_prior_price(
    s.id, %(market)s, p.price_minor, d.id, LEAST(COALESCE(dp.opens_at, d.opens_at), %(now)s)
) AS b ON d.id IS NOT NULL
CROSS JOIN LATERAL (
    SELECT x.title FROM catalog_producttext AS x WHERE x.product_id = s.product_id
    ORDER BY x.language = %(language)s DESC, x.language = 'en' DESC, x.language LIMIT 1
) AS t
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(COALESCE(v.names ->> %(language)s, v.names ->> 'en', x.value) ORDER BY x.key), '{}') AS options
    FROM jsonb_each_text(s.options) AS x LEFT JOIN catalog_optionvalue AS v ON v.code = x.value
) AS o
LEFT JOIN LATERAL (
    SELECT max(i.units - i.reserved - i.sold) AS units_left
    FROM inventory_stock AS i WHERE i.lane = s.lane AND i.sku_id = s.id AND i.deal_id IS NULL
) AS st ON true
ORDER BY k.put_at, k.sku_id
