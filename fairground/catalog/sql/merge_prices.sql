-- Write the staged prices that are new or changed; a change raises the price's version, which orders freeze.
-- Locks: those rows; the caller has the writers' turn. OFFSET 0 keeps the look-up by key: without statistics of
-- the staging table the planner reads all prices in every chunk (53 of 77 ms at 270,000, measured).
INSERT INTO catalog_price AS p (sku_id, market_id, price_minor, currency)
SELECT s.sku_id, s.market_id, s.price_minor, s.currency
FROM stage_price AS s
LEFT JOIN LATERAL (
    SELECT sku_id, price_minor, currency FROM catalog_price AS t
    WHERE t.sku_id = s.sku_id AND t.market_id = s.market_id OFFSET 0
) AS was ON true
WHERE was.sku_id IS NULL OR (was.price_minor, was.currency) IS DISTINCT FROM (s.price_minor, s.currency)
ON CONFLICT (sku_id, market_id) DO UPDATE
SET price_minor = excluded.price_minor, currency = excluded.currency, version = p.version + 1
