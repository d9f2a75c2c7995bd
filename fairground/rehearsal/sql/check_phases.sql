-- Compare each festival with its sale, and what its phases set off with the phases: once each, of nothing else, in time.
-- Locks: nothing. Kind 7 is the sale; a phase without a market is the festival's own.
WITH faults AS (
    SELECT format('festival %s lasts from %s to %s, its sale from %s to %s', f.slug, f.opens_at, f.closes_at,
                  COALESCE(p.starts_at::text, 'never'), COALESCE(p.ends_at::text, 'never')) AS what
    FROM festivals_festival AS f
    LEFT JOIN festivals_phase AS p ON p.festival_id = f.slug AND p.kind = 7 AND p.market_id IS NULL
    WHERE p.id IS NULL OR (p.starts_at, p.ends_at) <> (f.opens_at, f.closes_at)
    UNION ALL
    SELECT format('festival %s: edge %s of phase %s in %s, which is not there', t.festival_id, t.edge, t.kind,
                  COALESCE(t.market_id, 'all markets'))
    FROM festivals_transition AS t
    WHERE NOT EXISTS (
        SELECT FROM festivals_phase AS p
        WHERE p.festival_id = t.festival_id AND p.kind = t.kind AND p.market_id IS NOT DISTINCT FROM t.market_id
    )
    UNION ALL
    SELECT format('festival %s: edge %s of phase %s was due %s and done %s', t.festival_id, t.edge, t.kind, t.due_at,
                  t.done_at)
    FROM festivals_transition AS t
    WHERE t.done_at < t.due_at OR t.done_at > now() + interval '1 minute'
    UNION ALL
    SELECT format('festival %s: edge %s of phase %s is there %s times', t.festival_id, t.edge, t.kind, count(*))
    FROM festivals_transition AS t
    GROUP BY t.festival_id, t.edge, t.kind, t.market_id
    HAVING count(*) > 1
)
SELECT (SELECT count(*) FROM festivals_festival) + (SELECT count(*) FROM festivals_transition),
       (SELECT count(*) FROM faults), (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
