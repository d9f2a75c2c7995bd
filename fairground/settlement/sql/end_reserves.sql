-- Write that the reserves of these orders went to their merchants, so that later refunds keep none.
-- Locks: the rows of these releases, in the order of their keys; the turn keeps others away.
UPDATE settlement_release AS r
SET payable_minor = r.payable_minor + r.reserve_minor, reserve_minor = 0, reserve_bps = 0, reserve_until = NULL
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
WHERE r.lane = w.lane AND r.order_id = w.id
