-- List the beginnings and ends of phases whose moment has come and whose transition is not done, in order of time.
-- Locks: nothing. At one moment what ends goes before what begins; what was tried a moment ago waits for its next try.
SELECT p.festival_id, p.kind, e.edge, p.market_id, e.due_at
FROM festivals_phase AS p
CROSS JOIN LATERAL (VALUES (1, p.starts_at), (2, p.ends_at)) AS e (edge, due_at)
LEFT JOIN festivals_transition AS t
       ON t.festival_id = p.festival_id AND t.kind = p.kind AND t.edge = e.edge
      AND t.market_id IS NOT DISTINCT FROM p.market_id
WHERE e.due_at <= %(now)s AND t.done_at IS NULL AND (t.tried_at IS NULL OR t.tried_at <= %(tried_before)s)
ORDER BY e.due_at, e.edge DESC, p.kind, p.market_id NULLS FIRST, p.festival_id
LIMIT %(edges_max)s
