-- Read the packets of these shoppers that have something left and are still good, what ends first before the others.
-- Locks: nothing; under the turn of the shoppers' lanes nobody else changes them.
SELECT p.shopper_id, p.id, p.amount_minor, p.used_minor, p.currency, p.valid_until
FROM unnest(%(lanes)s::smallint[], %(shopper_ids)s::bigint[]) AS w (lane, shopper_id)
JOIN redpackets_packet AS p ON p.lane = w.lane AND p.shopper_id = w.shopper_id
WHERE p.used_minor < p.amount_minor AND p.valid_until > %(now)s
ORDER BY p.valid_until, p.id
