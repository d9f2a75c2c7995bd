-- Judge refusals about markets, prices, deals and shoppers by the catalogue, the festival and the clock.
-- Locks: nothing. The sender's clock and the shop's may be 50 ms apart, hence 100 ms at an opening or closing.
WITH judged AS (
    SELECT r.line_no, r.code, CASE r.code
        WHEN 'unknown-market' THEN m.code IS NULL
        WHEN 'country-not-served' THEN m.code IS NOT NULL AND NOT EXISTS (
            SELECT FROM markets_marketregion AS g WHERE g.market_id = m.code AND g.country = r.request ->> 'country')
        WHEN 'wrong-currency' THEN m.currency <> r.request ->> 'currency' AND m.currency = r.facts ->> 'currency'
        WHEN 'shopper-blocked' THEN EXISTS (
            SELECT FROM identity_shopper AS s WHERE s.id = r.shopper_id AND s.blocked_at IS NOT NULL)
        ELSE EXISTS (
            SELECT
            FROM verify_asked AS a
            LEFT JOIN catalog_sku AS k ON k.id = a.sku_id AND k.on_sale
            LEFT JOIN catalog_price AS p ON p.sku_id = k.id AND p.market_id = m.code
            LEFT JOIN festivals_deal AS d ON d.id = a.deal_id AND d.sku_id = k.id
            LEFT JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = m.code
            CROSS JOIN LATERAL (
                SELECT COALESCE(dp.opens_at, d.opens_at) AS opens_at, COALESCE(dp.closes_at, d.closes_at) AS closes_at
            ) AS there
            WHERE a.line_no = r.line_no AND CASE r.code
                WHEN 'unknown-sku' THEN a.sku_id::text = r.facts ->> 'sku_id' AND p.sku_id IS NULL
                WHEN 'unknown-deal' THEN a.deal_id::text = r.facts ->> 'deal_id'
                    AND (p.sku_id IS NULL OR dp.deal_id IS NULL)
                WHEN 'price-changed' THEN a.sku_id::text = r.facts ->> 'sku_id'
                    AND a.unit_price_minor::text = r.facts ->> 'seen_minor'
                    AND COALESCE(dp.price_minor, p.price_minor) <> a.unit_price_minor
                    AND COALESCE(dp.price_minor, p.price_minor)::text = r.facts ->> 'price_minor'
                WHEN 'presale-alone' THEN a.deal_id::text = r.facts ->> 'deal_id'
                    AND EXISTS (SELECT FROM festivals_presale AS ps WHERE ps.deal_id = d.id)
                    AND jsonb_array_length(r.request -> 'lines') > 1
                WHEN 'deal-not-open' THEN d.id::text = r.facts ->> 'deal_id'
                    AND r.sent_at < there.opens_at + interval '100 ms'
                    AND abs(extract(epoch FROM (r.facts ->> 'opens_at')::timestamptz - there.opens_at)) <= 0.001
                WHEN 'deal-closed' THEN d.id::text = r.facts ->> 'deal_id'
                    AND r.answered_at >= there.closes_at - interval '100 ms'
                    AND abs(extract(epoch FROM (r.facts ->> 'closed_at')::timestamptz - there.closes_at)) <= 0.001
                WHEN 'shopper-not-verified' THEN d.id::text = r.facts ->> 'deal_id' AND d.buyer_limit > 0 AND EXISTS (
                    SELECT FROM identity_shopper AS s WHERE s.id = r.shopper_id AND NOT s.verified)
            END) END AS holds
    FROM verify_refusal AS r
    LEFT JOIN markets_market AS m ON m.code = r.request ->> 'market'
    WHERE r.judge = 'offer'
), faults AS (
    SELECT format('line %s: %s was not true', line_no, code) AS what FROM judged WHERE holds IS NOT TRUE
)
SELECT (SELECT count(*) FROM judged), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
