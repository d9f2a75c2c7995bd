-- Delete the carts of guests who have put nothing in for long, at most so many rows.
-- Locks: those rows; one that is just being written is left for the next time.
WITH old AS (
    SELECT e.shopper_id, e.sku_id
    FROM carts_cartentry AS e
    WHERE e.put_at < %(before)s
      AND NOT EXISTS (SELECT FROM identity_user AS u WHERE u.shopper_id = e.shopper_id)
      AND NOT EXISTS (
          SELECT FROM carts_cartentry AS n WHERE n.shopper_id = e.shopper_id AND n.put_at >= %(before)s
      )
    ORDER BY e.shopper_id, e.sku_id
    LIMIT %(rows_max)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM carts_cartentry AS e USING old AS o WHERE e.shopper_id = o.shopper_id AND e.sku_id = o.sku_id
