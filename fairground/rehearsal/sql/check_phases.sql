-- Compare each festival with its sale, what phases set off with them, and deals with the sales of markets of their own.
-- Locks: nothing. What a phase sets off is there once, of nothing else, in time. Kind 7 is the sale; a phase without a
-- market is the festival's own.
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
    UNION ALL
    SELECT format('deal %s opens in %s at %s and closes at %s, by the sale there at %s and %s', b.deal_id, b.market_id,
                  COALESCE(b.opens_at::text, 'no time of its own'), COALESCE(b.closes_at::text, 'none'),
                  COALESCE(b.due_from::text, 'none'), COALESCE(b.due_until::text, 'none'))
    FROM (
        SELECT dp.*, s.later + d.opens_at AS due_from,
               CASE WHEN f.closes_at = d.closes_at AND s.later + d.opens_at < s.until THEN s.until
                    ELSE s.later + d.closes_at END AS due_until
        FROM festivals_dealprice AS dp
        JOIN festivals_deal AS d ON d.id = dp.deal_id
        JOIN festivals_festival AS f ON f.slug = d.festival_id
        LEFT JOIN (
            SELECT own.festival_id, own.market_id, own.ends_at AS until, own.starts_at - home.starts_at AS later
            FROM festivals_phase AS own
            JOIN festivals_phase AS home
              ON home.festival_id = own.festival_id AND home.kind = own.kind AND home.market_id IS NULL
            WHERE own.kind = 7 AND own.market_id IS NOT NULL
        ) AS s ON s.festival_id = d.festival_id AND s.market_id = dp.market_id
              AND d.id NOT IN (SELECT deal_id FROM festivals_presale)
    ) AS b
    WHERE b.opens_at IS DISTINCT FROM b.due_from OR b.closes_at IS DISTINCT FROM b.due_until
)
SELECT (SELECT count(*) FROM festivals_festival) + (SELECT count(*) FROM festivals_transition),
       (SELECT count(*) FROM faults), (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
