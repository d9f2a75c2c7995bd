-- Read which of these orders' reserves are to be returned, by their keys, without those of merchants that are held.
-- Locks: nothing; under the turn of their lanes it holds. What was set aside is read too.
SELECT r.order_id, r.merchant_id, r.currency, r.reserve_minor
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN settlement_release AS r ON r.lane = w.lane AND r.order_id = w.id
LEFT JOIN settlement_terms AS t ON t.merchant_id = r.merchant_id
WHERE r.reserve_until <= %(now)s AND t.held IS NOT TRUE
ORDER BY r.lane, r.order_id
