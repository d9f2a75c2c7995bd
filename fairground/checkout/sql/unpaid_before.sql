-- Find purchases that are unpaid and whose reservation is over, by the time in their ids, lane by lane.
-- Locks: nothing; each is looked at again under the turn. What was set aside is left out.
SELECT found.id
FROM generate_series(%(lane_from)s::int, %(lane_to)s::int - 1) AS l (lane)
CROSS JOIN LATERAL (
    SELECT p.id
    FROM orders_purchase AS p
    WHERE p.lane = l.lane::smallint AND p.id >= %(from_id)s AND p.id < %(to_id)s
      AND p.state = 1 AND p.pay_before <= %(now)s
      AND NOT EXISTS (SELECT FROM kernel_setaside AS a WHERE a.chore = 'expiries' AND a.row_key = p.id::varchar)
    ORDER BY p.id
    LIMIT %(purchases_max)s
) AS found
LIMIT %(purchases_max)s
