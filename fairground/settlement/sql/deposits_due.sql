-- Read the next deposits that ended and are in no statement yet, in a stretch of lanes, from one on.
-- Locks: nothing; only who holds the turn of their lanes takes rows away, and asks again there (`deposits_due_among`).
-- Without those of merchants that are held, and what was set aside.
SELECT d.order_id
FROM settlement_depositdue AS d
LEFT JOIN settlement_terms AS t ON t.merchant_id = d.merchant_id
WHERE d.lane >= %(lane_from)s AND d.lane < %(lane_to)s
  AND (d.lane, d.order_id) > (%(after_lane)s::smallint, %(after_id)s::bigint) AND t.held IS NOT TRUE
  AND NOT EXISTS (SELECT FROM kernel_setaside AS a WHERE a.chore = 'deposits' AND a.row_key = d.order_id::varchar)
ORDER BY d.lane, d.order_id
LIMIT %(rows_max)s
