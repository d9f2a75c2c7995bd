-- Remember the prices at which a shopper has now been shown the lines of the cart; those that differ are written.
-- Locks: the rows that are written.
UPDATE carts_cartentry AS e SET seen_minor = n.minor, seen_currency = n.currency
FROM unnest(%(sku_ids)s::bigint[], %(amounts_minor)s::bigint[], %(currencies)s::text[]) AS n (sku_id, minor, currency)
WHERE e.shopper_id = %(shopper_id)s AND e.sku_id = n.sku_id
  AND (e.seen_minor, e.seen_currency) IS DISTINCT FROM (n.minor, n.currency::varchar)
