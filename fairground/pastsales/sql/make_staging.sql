-- Make an empty staging table, private to this connection, for one chunk of past sales.
-- Locks: nothing that another connection can see.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_pastsale (
    merchant_id bigint, invoice_number text, line_no integer, sku text, quantity integer, unit_price_mills bigint,
    currency text, sold_at timestamptz, customer bigint, country text
) ON COMMIT DELETE ROWS;
DELETE FROM stage_pastsale;
