-- Move slices on by what a batch gives of them, each from the number at which it was read (INV-16, INV-17: the CHECKs).
-- Locks: the slices' rows; the turn keeps other batches out, so their order does not matter.
UPDATE redpackets_packetslice AS s
SET next_no = s.next_no + w.packets, taken_minor = s.taken_minor + w.amount_minor
FROM unnest(%(lanes)s::smallint[], %(round_ids)s::bigint[], %(next_nos)s::int[], %(packets)s::int[],
            %(amounts_minor)s::bigint[]) AS w (lane, round_id, next_no, packets, amount_minor)
WHERE s.lane = w.lane AND s.round_id = w.round_id AND s.next_no = w.next_no
