-- Take an expired purchase that was never paid for, and its orders, back to placed; it is paid in the same transaction.
-- Locks: the purchase's row and its orders'; the turn keeps other batches out.
WITH reopened AS (
    UPDATE orders_purchase AS p
    SET state = 1, ended_at = NULL
    WHERE p.lane = %(lane)s AND p.id = %(id)s AND p.state = 6 AND p.deposited_at IS NULL
    RETURNING p.id
)
UPDATE orders_order AS o
SET state = 1, ended_at = NULL
FROM unnest(%(order_lanes)s::smallint[], %(order_ids)s::bigint[]) AS w (lane, id), reopened
WHERE o.lane = w.lane AND o.id = w.id AND o.state = 6
