-- Compare what campaigns of red packets are said to have allotted with their rounds, and with their hard cap.
-- Locks: nothing.
WITH taken AS (
    SELECT p.round_id, sum(p.amount_minor) AS minor
    FROM redpackets_packet AS p
    GROUP BY p.round_id
), rounds AS (
    SELECT r.id, r.campaign_id, r.budget_minor, r.returned_minor, r.closed_at, r.opens_at, r.closes_at,
           COALESCE(t.minor, 0) AS taken_minor
    FROM redpackets_packetround AS r
    LEFT JOIN taken AS t ON t.round_id = r.id
), campaigns AS (
    SELECT c.id, c.budget_minor, c.allotted_minor, c.opens_at, c.closes_at,
           COALESCE(sum(r.budget_minor - r.returned_minor), 0) AS rounds_minor,
           COALESCE(sum(r.taken_minor), 0) AS taken_minor
    FROM redpackets_packetcampaign AS c
    LEFT JOIN rounds AS r ON r.campaign_id = c.id
    GROUP BY c.id
), faults AS (
    SELECT format('campaign %s has allotted %s, its rounds say %s', id, allotted_minor, rounds_minor) AS what,
           abs(allotted_minor - rounds_minor) AS minor
    FROM campaigns
    WHERE allotted_minor <> rounds_minor
    UNION ALL
    SELECT format('campaign %s may give %s, its rounds may give %s and gave %s', id, budget_minor, rounds_minor,
                  taken_minor),
           GREATEST(rounds_minor, taken_minor) - budget_minor
    FROM campaigns
    WHERE GREATEST(rounds_minor, taken_minor) > budget_minor
    UNION ALL
    SELECT format('round %s is closed and returned %s, %s were left', id, returned_minor, budget_minor - taken_minor),
           abs(returned_minor - (budget_minor - taken_minor))
    FROM rounds
    WHERE closed_at IS NOT NULL AND returned_minor <> budget_minor - taken_minor
    UNION ALL
    SELECT format('round %s returned %s before it was closed', id, returned_minor), returned_minor
    FROM rounds
    WHERE closed_at IS NULL AND returned_minor <> 0
    UNION ALL
    SELECT format('round %s is open when campaign %s is not', r.id, c.id), 0
    FROM rounds AS r
    JOIN campaigns AS c ON c.id = r.campaign_id
    WHERE r.opens_at < c.opens_at OR r.closes_at > c.closes_at
)
SELECT (SELECT count(*) FROM campaigns) + (SELECT count(*) FROM rounds), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(minor), 0) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
