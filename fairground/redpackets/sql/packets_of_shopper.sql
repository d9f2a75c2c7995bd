-- Read all packets of a shopper with the names of their campaigns, the latest first.
-- Locks: nothing.
SELECT p.id, p.round_id, c.name, p.amount_minor, p.used_minor, p.currency, p.grabbed_at, p.valid_until
FROM redpackets_packet AS p
JOIN redpackets_packetround AS r ON r.id = p.round_id
JOIN redpackets_packetcampaign AS c ON c.id = r.campaign_id
WHERE p.lane = %(lane)s AND p.shopper_id = %(shopper_id)s
ORDER BY p.id DESC
LIMIT %(packets_max)s
