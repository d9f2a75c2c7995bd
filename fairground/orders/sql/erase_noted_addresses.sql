-- Erase the addresses of noted orders that have ended since.
-- Locks: their notes, then the address rows.
WITH ended AS (
    DELETE FROM orders_erasure AS e
    USING orders_order AS o
    WHERE o.lane = e.lane AND o.id = e.order_id AND o.ended_at IS NOT NULL
    RETURNING e.lane, e.order_id
)
DELETE FROM orders_orderaddress AS a
USING ended AS e
WHERE a.lane = e.lane AND a.order_id = e.order_id
