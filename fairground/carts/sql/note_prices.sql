-- Remember the prices at which a shopper has now been shown the lines of the cart; those that differ are written.
-- Locks: the rows that are written, by key; not the shopper's, since a cart that is only looked at writes nothing.
WITH changed AS (
    SELECT e.shopper_id, e.sku_id, n.minor, n.currency
    FROM carts_cartentry AS e
    JOIN unnest(%(sku_ids)s::bigint[], %(amounts_minor)s::bigint[], %(currencies)s::text[])
        AS n (sku_id, minor, currency) ON n.sku_id = e.sku_id
    WHERE e.shopper_id = %(shopper_id)s
      AND (e.seen_minor, e.seen_currency) IS DISTINCT FROM (n.minor, n.currency::varchar)
    ORDER BY e.shopper_id, e.sku_id
    FOR NO KEY UPDATE OF e
)
UPDATE carts_cartentry AS e SET seen_minor = c.minor, seen_currency = c.currency
FROM changed AS c
WHERE e.shopper_id = c.shopper_id AND e.sku_id = c.sku_id
