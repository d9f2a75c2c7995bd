-- Take presales from deposited to expired or cancelled, with what became of the deposit.
-- Locks: the purchase rows; the turn keeps other batches out, so their order does not matter.
UPDATE orders_purchase AS p
SET state = %(then)s, ended_at = %(at)s, deposit_end = w.ending
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(ends)s::smallint[]) AS w (lane, id, ending)
WHERE p.lane = w.lane AND p.id = w.id AND p.state = 8
