-- Compare the red packets of each round with what was drawn for it and with what its slices say they gave.
-- Locks: nothing.
WITH drawn AS MATERIALIZED (
    SELECT r.id AS round_id, a.place - 1 AS no, a.minor
    FROM redpackets_packetround AS r
    CROSS JOIN LATERAL unnest(r.amounts) WITH ORDINALITY AS a (minor, place)
), packets AS (
    SELECT p.round_id, count(*) AS packets, count(DISTINCT p.no) AS numbers, count(DISTINCT p.shopper_id) AS shoppers,
           sum(p.amount_minor) AS minor
    FROM redpackets_packet AS p
    GROUP BY p.round_id
), slices AS (
    SELECT s.round_id, sum(s.next_no - s.first_no) AS packets, sum(s.taken_minor) AS minor,
           sum(s.end_no - s.first_no) AS numbers, min(s.first_no) AS first_no, max(s.end_no) AS end_no
    FROM redpackets_packetslice AS s
    GROUP BY s.round_id
), rounds AS (
    SELECT r.id, r.packets AS drawn, r.budget_minor, d.minor AS sum_minor,
           COALESCE(p.packets, 0) AS packets, COALESCE(p.numbers, 0) AS numbers, COALESCE(p.shoppers, 0) AS shoppers,
           COALESCE(p.minor, 0) AS minor, COALESCE(s.packets, 0) AS given, COALESCE(s.minor, 0) AS given_minor,
           s.numbers AS slice_numbers, s.first_no, s.end_no
    FROM redpackets_packetround AS r
    LEFT JOIN (SELECT round_id, sum(minor) AS minor FROM drawn GROUP BY round_id) AS d ON d.round_id = r.id
    LEFT JOIN packets AS p ON p.round_id = r.id
    LEFT JOIN slices AS s ON s.round_id = r.id
), faults AS (
    SELECT format('round %s has %s packets of %s numbers and %s shoppers, its slices gave %s', id, packets, numbers,
                  shoppers, given) AS what, abs(minor - given_minor) AS minor
    FROM rounds
    WHERE packets <> given OR numbers <> packets OR shoppers <> packets
    UNION ALL
    SELECT format('packets of round %s hold %s, its slices gave %s, its budget is %s', id, minor, given_minor,
                  budget_minor),
           abs(minor - given_minor) + GREATEST(minor - budget_minor, 0)
    FROM rounds
    WHERE minor <> given_minor OR minor > budget_minor
    UNION ALL
    SELECT format('round %s was drawn with %s, its budget is %s', id, sum_minor, budget_minor),
           abs(sum_minor - budget_minor)
    FROM rounds
    WHERE sum_minor <> budget_minor
    UNION ALL
    SELECT format('the slices of round %s have numbers %s to %s, %s of %s', id, first_no, end_no, slice_numbers,
                  drawn), 0
    FROM rounds
    WHERE (slice_numbers, first_no, end_no) IS DISTINCT FROM (drawn::bigint, 0, drawn)
    UNION ALL
    SELECT format('packet %s of round %s is number %s with %s, which was drawn with %s', p.id, p.round_id, p.no,
                  p.amount_minor, d.minor),
           abs(p.amount_minor - COALESCE(d.minor, 0))
    FROM redpackets_packet AS p
    JOIN redpackets_packetround AS r ON r.id = p.round_id
    LEFT JOIN drawn AS d ON d.round_id = p.round_id AND d.no = p.no
    WHERE p.amount_minor IS DISTINCT FROM d.minor
    UNION ALL
    SELECT format('packet %s is number %s, which its writer''s slice of round %s has not given', p.id, p.no,
                  p.round_id), 0
    FROM redpackets_packet AS p
    JOIN redpackets_packetround AS r ON r.id = p.round_id
    JOIN kernel_writer AS w ON p.lane >= w.lane_from AND p.lane < w.lane_to
    LEFT JOIN redpackets_packetslice AS s ON s.lane = w.lane_from AND s.round_id = p.round_id
    WHERE s.lane IS NULL OR p.no < s.first_no OR p.no >= s.next_no
    UNION ALL
    SELECT format('packet %s is in %s until %s, its campaign in %s until %s', p.id, p.currency, p.valid_until,
                  c.currency, c.valid_until), 0
    FROM redpackets_packet AS p
    JOIN redpackets_packetround AS r ON r.id = p.round_id
    JOIN redpackets_packetcampaign AS c ON c.id = r.campaign_id
    WHERE p.currency <> c.currency OR abs(extract(epoch FROM p.valid_until - c.valid_until)) > 0.001
    UNION ALL
    SELECT format('packet %s has no round %s', p.id, p.round_id), p.amount_minor
    FROM redpackets_packet AS p
    WHERE NOT EXISTS (SELECT FROM redpackets_packetround AS r WHERE r.id = p.round_id)
    UNION ALL
    SELECT format('packet %s has no shopper %s', p.id, p.shopper_id), p.amount_minor
    FROM redpackets_packet AS p
    WHERE NOT EXISTS (SELECT FROM identity_shopper AS w WHERE w.id = p.shopper_id)
    UNION ALL
    SELECT format('a slice in lane %s has no round %s', s.lane, s.round_id), 0
    FROM redpackets_packetslice AS s
    WHERE NOT EXISTS (SELECT FROM redpackets_packetround AS r WHERE r.id = s.round_id)
)
SELECT (SELECT count(*) FROM redpackets_packetround) + (SELECT count(*) FROM redpackets_packet),
       (SELECT count(*) FROM faults), (SELECT COALESCE(sum(minor), 0) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
