-- Add to (or, with negative amounts, give back from) what is used of packets; never beyond what is in one (the CHECK).
-- Locks: the packets' rows; the turn keeps other batches out, so their order does not matter.
UPDATE redpackets_packet AS p
SET used_minor = p.used_minor + w.amount_minor
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(amounts_minor)s::bigint[]) AS w (lane, id, amount_minor)
WHERE p.lane = w.lane AND p.id = w.id
