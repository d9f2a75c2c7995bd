-- Write the staged past sales that are new or changed; return how many of each.
-- Locks: those rows, by their key. Nobody else writes them but another import of the same merchant.
WITH written AS (
    INSERT INTO pastsales_pastsale AS p (
        merchant_id, invoice_number, line_no, sku, quantity, unit_price_mills, currency, sold_at, customer, country
    )
    SELECT merchant_id, invoice_number, line_no, sku, quantity, unit_price_mills, currency, sold_at, customer, country
    FROM stage_pastsale ORDER BY merchant_id, invoice_number, line_no
    ON CONFLICT (merchant_id, invoice_number, line_no) DO UPDATE
    SET sku = excluded.sku, quantity = excluded.quantity, unit_price_mills = excluded.unit_price_mills,
        currency = excluded.currency, sold_at = excluded.sold_at, customer = excluded.customer,
        country = excluded.country
    WHERE (p.sku, p.quantity, p.unit_price_mills, p.currency, p.sold_at, p.customer, p.country)
          IS DISTINCT FROM (excluded.sku, excluded.quantity, excluded.unit_price_mills, excluded.currency,
                            excluded.sold_at, excluded.customer, excluded.country)
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
