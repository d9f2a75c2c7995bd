-- Read the offers that are asked for: a SKU in a market at its usual price, or at the price of a deal.
-- Locks: nothing. `deal_id` 0 asks for the usual price; titles, options (names by language) and stock come as JSON.
-- A presale is offered where its deposit was declared for the price that its deal has. The commission is the merchant's
-- own for the category, else the category's, the nearest one up the tree, else the merchant's for all it sells.
SELECT k.sku_id, k.deal_id, k.market, s.lane, s.merchant_id, m.country, COALESCE(f.commission_bps, m.commission_bps),
       COALESCE(w.creator_bps, 0), COALESCE(dp.price_minor, p.price_minor), p.version, s.hs_code, o.options, t.titles, st.stock,
       d.festival_id, COALESCE(dp.opens_at, d.opens_at), COALESCE(dp.closes_at, d.closes_at),
       COALESCE(d.buyer_limit, 0), d.hall_id, g.category_id,
       sh.price_minor, sh.free_from_minor, sh.days_min, sh.days_max,
       COALESCE(y.deposit_minor, 0), y.inflation_minor, y.deposit_mode, y.deposit_max_bps,
       r.balance_opens_at, r.balance_closes_at
FROM unnest(%(sku_ids)s::bigint[], %(deal_ids)s::bigint[], %(markets)s::text[]) AS k (sku_id, deal_id, market)
JOIN catalog_sku AS s ON s.id = k.sku_id AND s.on_sale
JOIN catalog_product AS g ON g.id = s.product_id
JOIN merchants_merchant AS m ON m.id = s.merchant_id
LEFT JOIN settlement_terms AS w ON w.merchant_id = s.merchant_id
JOIN catalog_price AS p ON p.sku_id = s.id AND p.market_id = k.market
LEFT JOIN merchants_merchantshipping AS sh ON sh.merchant_id = s.merchant_id AND sh.market_id = k.market
LEFT JOIN festivals_deal AS d ON d.id = k.deal_id AND d.sku_id = s.id
LEFT JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = k.market
LEFT JOIN festivals_presale AS r ON r.deal_id = d.id
LEFT JOIN festivals_presaleprice AS y ON y.presale_id = r.deal_id AND y.market_id = k.market
LEFT JOIN LATERAL (
    SELECT l.commission_bps
    FROM (
        SELECT DISTINCT ON (x.category_id, x.merchant_id) x.category_id, x.merchant_id, x.commission_bps
        FROM settlement_feerate AS x
        WHERE x.category_id IN (
            SELECT array_to_string((string_to_array(g.category_id, '.'))[:n], '.')
            FROM generate_series(1, cardinality(string_to_array(g.category_id, '.'))) AS n
        ) AND (x.merchant_id = s.merchant_id OR x.merchant_id IS NULL)
        ORDER BY x.category_id, x.merchant_id, x.id DESC
    ) AS l
    WHERE l.commission_bps IS NOT NULL
    ORDER BY l.merchant_id NULLS LAST, length(l.category_id) DESC
    LIMIT 1
) AS f ON true
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(x.language, x.title) AS titles FROM catalog_producttext AS x WHERE x.product_id = s.product_id
) AS t
CROSS JOIN LATERAL (
    SELECT jsonb_agg(COALESCE(v.names, jsonb_build_object('en', x.value)) ORDER BY x.key) AS options
    FROM jsonb_each_text(s.options) AS x LEFT JOIN catalog_optionvalue AS v ON v.code = x.value
) AS o
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(i.id, i.place_id, z.country) ORDER BY i.units DESC, i.id) AS stock
    FROM inventory_stock AS i
    JOIN inventory_place AS z ON z.id = i.place_id
    WHERE i.lane = s.lane AND i.sku_id = s.id AND COALESCE(i.deal_id, 0) = k.deal_id
) AS st
WHERE (k.deal_id = 0 OR dp.price_minor IS NOT NULL) AND (r.deal_id IS NULL OR y.price_minor = dp.price_minor)
