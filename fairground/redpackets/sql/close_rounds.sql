-- Close rounds that are over, and give what nobody took back to their campaigns; each once. Return how many were over.
-- Locks: the rounds', then the campaigns' rows; the caller has the turn of all writers.
WITH over AS (
    SELECT r.id, r.budget_minor - COALESCE((
        SELECT sum(s.taken_minor)
        FROM kernel_writer AS w
        JOIN redpackets_packetslice AS s ON s.lane = w.lane_from AND s.round_id = r.id
    ), 0) AS left_minor
    FROM redpackets_packetround AS r
    WHERE r.closed_at IS NULL AND r.closes_at <= %(over_since)s
    ORDER BY r.closes_at, r.id
    LIMIT %(rounds_max)s
), closed AS (
    UPDATE redpackets_packetround AS r
    SET closed_at = %(now)s, returned_minor = over.left_minor
    FROM over
    WHERE r.id = over.id AND r.closed_at IS NULL
    RETURNING r.campaign_id, r.returned_minor
), given_back AS (
    UPDATE redpackets_packetcampaign AS c
    SET allotted_minor = c.allotted_minor - x.minor
    FROM (SELECT campaign_id, sum(returned_minor) AS minor FROM closed GROUP BY campaign_id) AS x
    WHERE c.id = x.campaign_id
)
SELECT count(*) FROM closed
