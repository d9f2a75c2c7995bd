-- Read the next orders that are due in a stretch of lanes, from one on, without those of merchants that are held.
-- Locks: nothing; only who holds the turn of their lanes takes rows away, and asks again there (`due_among`, which has the
-- same conditions). An order waits while a case holds units of it, and while nobody has settled its withdrawal. What was
-- set aside is left out.
SELECT d.order_id
FROM settlement_due AS d
LEFT JOIN settlement_terms AS t ON t.merchant_id = d.merchant_id
WHERE d.lane >= %(lane_from)s AND d.lane < %(lane_to)s
  AND (d.lane, d.order_id) > (%(after_lane)s::smallint, %(after_id)s::bigint) AND t.held IS NOT TRUE
  AND NOT EXISTS (SELECT FROM orders_unitsheld AS h WHERE h.lane = d.lane AND h.order_id = d.order_id)
  AND NOT EXISTS (SELECT FROM fulfilment_withdrawal AS w
                  WHERE w.lane = d.lane AND w.order_id = d.order_id AND w.settled_at IS NULL)
  AND NOT EXISTS (SELECT FROM kernel_setaside AS a WHERE a.chore = 'releases' AND a.row_key = d.order_id::varchar)
ORDER BY d.lane, d.order_id
LIMIT %(rows_max)s
