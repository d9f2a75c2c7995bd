-- Read what of these orders' deposits is due, by their keys, without those of merchants that are held.
-- Locks: nothing; under the turn of their lanes it holds. What was set aside is read too.
SELECT d.order_id, d.merchant_id, d.currency, d.kind, d.amount_minor
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN settlement_depositdue AS d ON d.lane = w.lane AND d.order_id = w.id
LEFT JOIN settlement_terms AS t ON t.merchant_id = d.merchant_id
WHERE t.held IS NOT TRUE
ORDER BY d.lane, d.order_id
