-- Read the next reserves whose days are over in a stretch of lanes, from one on: by when they were, as their index is.
-- Locks: nothing; only who holds the turn of their lanes changes them, and asks again there (`reserves_due_among`).
-- Without those of merchants that are held, and what was set aside.
SELECT r.order_id, r.reserve_until
FROM settlement_release AS r
LEFT JOIN settlement_terms AS t ON t.merchant_id = r.merchant_id
WHERE r.lane >= %(lane_from)s AND r.lane < %(lane_to)s AND r.reserve_until <= %(now)s
  AND (r.lane, r.reserve_until, r.order_id)
      > (%(after_lane)s::smallint, %(after_until)s::timestamptz, %(after_id)s::bigint)
  AND t.held IS NOT TRUE
  AND NOT EXISTS (SELECT FROM kernel_setaside AS a WHERE a.chore = 'reserves' AND a.row_key = r.order_id::varchar)
ORDER BY r.lane, r.reserve_until, r.order_id
LIMIT %(rows_max)s
