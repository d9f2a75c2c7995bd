-- Put units of a SKU that is on sale into a cart, on top of what is there; what was set aside comes back as asked now.
-- Locks: the row, if there is one; the caller holds the shopper's. Writes nothing where the cart has no room.
INSERT INTO carts_cartentry AS e (shopper_id, sku_id, quantity, aside, seen_minor, seen_currency, put_at)
SELECT %(shopper_id)s, s.id, %(quantity)s, false, %(seen_minor)s, %(seen_currency)s, %(now)s
FROM catalog_sku AS s
WHERE s.id = %(sku_id)s AND s.on_sale AND %(lines_max)s > (
    SELECT count(*) FROM carts_cartentry AS o WHERE o.shopper_id = %(shopper_id)s AND NOT o.aside AND o.sku_id <> s.id
)
ON CONFLICT (shopper_id, sku_id) DO UPDATE SET
    quantity = CASE WHEN e.aside THEN excluded.quantity ELSE LEAST(e.quantity + excluded.quantity, %(quantity_max)s) END,
    put_at = CASE WHEN e.aside THEN excluded.put_at ELSE e.put_at END,
    aside = false, seen_minor = excluded.seen_minor, seen_currency = excluded.seen_currency
RETURNING e.quantity
