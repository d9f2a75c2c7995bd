-- Write when a festival's deals open and close in markets: by the sale of their own, or nothing where they have none.
-- Locks: the prices that change; the caller has the writers' turn. `deal_ids` NULL stands for all deals; kind 7 is the
-- sale. A presale's order window is the same everywhere.
WITH wanted AS (
    SELECT dp.deal_id, dp.market_id, d.opens_at + own.later AS opens_at,
           CASE WHEN d.closes_at = f.closes_at AND own.ends_at > d.opens_at + own.later THEN own.ends_at
                ELSE d.closes_at + own.later END AS closes_at
    FROM festivals_deal AS d
    JOIN festivals_festival AS f ON f.slug = d.festival_id
    JOIN festivals_dealprice AS dp ON dp.deal_id = d.id AND dp.market_id = ANY(%(markets)s::text[])
    LEFT JOIN LATERAL (
        SELECT p.starts_at - f.opens_at AS later, p.ends_at
        FROM festivals_phase AS p
        WHERE p.festival_id = f.slug AND p.kind = 7 AND p.market_id = dp.market_id
          AND NOT EXISTS (SELECT FROM festivals_presale AS r WHERE r.deal_id = d.id)
    ) AS own ON true
    WHERE d.festival_id = %(festival)s AND (%(deal_ids)s::bigint[] IS NULL OR d.id = ANY(%(deal_ids)s::bigint[]))
)
UPDATE festivals_dealprice AS dp SET opens_at = w.opens_at, closes_at = w.closes_at
FROM wanted AS w
WHERE dp.deal_id = w.deal_id AND dp.market_id = w.market_id
  AND (dp.opens_at, dp.closes_at) IS DISTINCT FROM (w.opens_at, w.closes_at)
