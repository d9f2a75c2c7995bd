-- Compare the edges of a festival's phases that have come with what was done at them.
-- Locks: nothing. Edges: 1 begins, 2 ends. A minute is as long as what was refused waits to be tried again.
WITH edges AS (
    SELECT p.kind, p.market_id, e.edge, CASE e.edge WHEN 1 THEN p.starts_at ELSE p.ends_at END AS at
    FROM festivals_phase AS p
    CROSS JOIN (VALUES (1), (2)) AS e (edge)
    WHERE p.festival_id = %(festival)s
), due AS (
    SELECT * FROM edges WHERE at <= now()
), faults AS (
    SELECT format('edge %%s of phase %%s: due %%s, done %%s, %%s', d.edge, d.kind, d.at,
                  COALESCE(t.done_at::text, 'never'), t.facts) AS what
    FROM due AS d
    LEFT JOIN festivals_transition AS t
         ON t.festival_id = %(festival)s AND t.kind = d.kind AND t.edge = d.edge AND t.market_id IS NOT DISTINCT FROM d.market_id
    WHERE t.done_at IS NULL OR t.facts ? 'refused' OR t.done_at > t.due_at + interval '1 minute'
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
