-- Read the rounds that are asked for, and what their slices give next: as many amounts as there are grabs.
-- Locks: nothing; the turn keeps other batches out.
SELECT w.lane, r.id, r.opens_at, r.closes_at, c.valid_until, c.currency, r.closed_at IS NOT NULL, s.next_no,
       r.amounts[s.next_no + 1 : LEAST(s.end_no, s.next_no + w.grabs)]
FROM unnest(%(lanes)s::smallint[], %(round_ids)s::bigint[], %(grabs)s::int[]) AS w (lane, round_id, grabs)
JOIN redpackets_packetround AS r ON r.id = w.round_id
JOIN redpackets_packetcampaign AS c ON c.id = r.campaign_id
LEFT JOIN redpackets_packetslice AS s ON s.lane = w.lane AND s.round_id = w.round_id
