-- Erase addresses whose time is over, of orders that have ended, at most so many a lane: the oldest ids come first.
-- Locks: those rows.
DELETE FROM orders_orderaddress AS a
USING generate_series(0, %(lanes)s - 1) AS every (lane)
CROSS JOIN LATERAL (
    SELECT old.lane, old.order_id
    FROM orders_orderaddress AS old
    JOIN orders_order AS o ON o.lane = old.lane AND o.id = old.order_id
    WHERE old.lane = every.lane AND old.order_id < %(before_id)s AND old.erase_after <= %(now)s
        AND o.ended_at IS NOT NULL
    ORDER BY old.order_id
    LIMIT %(rows_max)s
) AS due
WHERE a.lane = due.lane AND a.order_id = due.order_id
