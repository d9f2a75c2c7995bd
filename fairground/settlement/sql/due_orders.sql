-- Read the next orders that are due in a stretch of lanes, from one on, without those of merchants that are held.
-- Locks: nothing; only who holds the turn of their lanes takes rows away.
SELECT d.order_id
FROM settlement_due AS d
LEFT JOIN settlement_terms AS t ON t.merchant_id = d.merchant_id
WHERE d.lane >= %(lane_from)s AND d.lane < %(lane_to)s
  AND (d.lane, d.order_id) > (%(after_lane)s::smallint, %(after_id)s::bigint) AND t.held IS NOT TRUE
ORDER BY d.lane, d.order_id
LIMIT %(orders_max)s
