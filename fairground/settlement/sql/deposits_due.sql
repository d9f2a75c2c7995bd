-- Read the next deposits that ended and are in no statement yet, in a stretch of lanes, without those of held merchants.
-- Locks: nothing; only who holds the turn of their lanes takes rows away. What was set aside is read only where it is
-- asked for (`only`).
SELECT d.order_id, d.merchant_id, d.currency, d.kind, d.amount_minor
FROM settlement_depositdue AS d
LEFT JOIN settlement_terms AS t ON t.merchant_id = d.merchant_id
WHERE d.lane >= %(lane_from)s AND d.lane < %(lane_to)s AND t.held IS NOT TRUE
  AND (d.order_id = ANY (%(only)s::bigint[])
       OR (%(only)s::bigint[] IS NULL
           AND NOT EXISTS (SELECT FROM kernel_setaside AS a
                           WHERE a.chore = 'deposits' AND a.row_key = d.order_id::varchar)))
ORDER BY d.lane, d.order_id
LIMIT %(deposits_max)s
