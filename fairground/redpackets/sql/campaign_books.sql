-- Add up campaigns: what was taken of the rounds they are allotted to, what of that was used, and what went back.
-- Locks: nothing. What was used is a sum over all packets of theirs, and read only where it is asked for.
SELECT c.id, c.budget_minor, c.allotted_minor, COALESCE(given.minor, 0)::bigint,
       CASE WHEN %(with_used)s THEN COALESCE(p.used_minor, 0)::bigint END, COALESCE(given.packets, 0)::bigint, COALESCE(back.minor, 0)::bigint
FROM redpackets_packetcampaign AS c
LEFT JOIN LATERAL (
    SELECT sum(s.taken_minor) AS minor, sum(s.next_no - s.first_no) AS packets
    FROM redpackets_packetround AS r
    CROSS JOIN kernel_writer AS w
    JOIN redpackets_packetslice AS s ON s.lane = w.lane_from AND s.round_id = r.id
    WHERE r.campaign_id = c.id
) AS given ON true
LEFT JOIN LATERAL (
    SELECT sum(r.returned_minor) AS minor FROM redpackets_packetround AS r WHERE r.campaign_id = c.id
) AS back ON true
LEFT JOIN (
    SELECT r.campaign_id, sum(p.used_minor) AS used_minor
    FROM redpackets_packet AS p
    JOIN redpackets_packetround AS r ON r.id = p.round_id
    WHERE %(with_used)s AND r.campaign_id = ANY(%(campaign_ids)s::bigint[])
    GROUP BY r.campaign_id
) AS p ON p.campaign_id = c.id
WHERE c.id = ANY(%(campaign_ids)s::bigint[])
ORDER BY c.id
