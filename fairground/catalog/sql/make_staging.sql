-- Make empty staging tables, private to this connection, for one chunk of an import.
-- Locks: nothing that another connection can see.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_product (
    id bigint, merchant_id bigint, external_id text, brand_id text, category_id text, attributes jsonb
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS stage_text (
    product_id bigint, language text, title text, description text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS stage_sku (
    id bigint, lane smallint, merchant_id bigint, product_id bigint, external_id text, gtin text, options jsonb,
    hs_code text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS stage_price (
    sku_id bigint, market_id text, price_minor bigint, currency text
) ON COMMIT DELETE ROWS;
DELETE FROM stage_product;
DELETE FROM stage_text;
DELETE FROM stage_sku;
DELETE FROM stage_price;
