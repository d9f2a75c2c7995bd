-- Read how many units of these deals these shoppers hold or bought.
-- Locks: nothing; the turn keeps other batches out.
SELECT b.deal_id, b.shopper_id, b.units
FROM unnest(%(lanes)s::smallint[], %(deal_ids)s::bigint[], %(shopper_ids)s::bigint[]) AS w (lane, deal_id, shopper_id)
JOIN festivals_dealbuyer AS b ON b.lane = w.lane AND b.deal_id = w.deal_id AND b.shopper_id = w.shopper_id
