-- Read the next reserves whose days are over in a stretch of lanes, without those of merchants that are held.
-- Locks: nothing; only who holds the turn of their lanes changes them. What was set aside is read only where it is
-- asked for (`only`).
SELECT r.order_id, r.merchant_id, r.currency, r.reserve_minor
FROM settlement_release AS r
LEFT JOIN settlement_terms AS t ON t.merchant_id = r.merchant_id
WHERE r.lane >= %(lane_from)s AND r.lane < %(lane_to)s AND r.reserve_until <= %(now)s AND t.held IS NOT TRUE
  AND (r.order_id = ANY (%(only)s::bigint[])
       OR (%(only)s::bigint[] IS NULL
           AND NOT EXISTS (SELECT FROM kernel_setaside AS a
                           WHERE a.chore = 'reserves' AND a.row_key = r.order_id::varchar)))
ORDER BY r.lane, r.order_id
LIMIT %(orders_max)s
