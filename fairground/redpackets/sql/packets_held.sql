-- Read which of these shoppers have a packet of these rounds.
-- Locks: nothing; the turn keeps other batches out.
SELECT p.shopper_id, p.round_id, p.id, p.amount_minor, p.currency, p.valid_until
FROM unnest(%(lanes)s::smallint[], %(shopper_ids)s::bigint[], %(round_ids)s::bigint[]) AS w (lane, shopper_id, round_id)
JOIN redpackets_packet AS p ON p.lane = w.lane AND p.shopper_id = w.shopper_id AND p.round_id = w.round_id
