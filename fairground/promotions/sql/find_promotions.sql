-- Find promotions by words of a name, whose they are, who pays and where they stand; the last to open first.
-- Locks: nothing. The states are those of rules/standing.py.
SELECT p.id
FROM promotions_promotion AS p
LEFT JOIN merchants_merchant AS m ON m.id = p.merchant_id
WHERE (%(words)s::text = '' OR strpos(lower(m.name), lower(%(words)s)) > 0
       OR EXISTS (SELECT FROM jsonb_each_text(p.names) AS n WHERE strpos(lower(n.value), lower(%(words)s)) > 0))
  AND (%(merchant)s::text = '' OR m.slug = %(merchant)s)
  AND CASE %(funder)s::text WHEN 'platform' THEN p.merchant_bps < 10000 WHEN 'merchants' THEN p.merchant_bps > 0 ELSE true END
  AND (%(state)s::text = '' OR %(state)s = CASE WHEN NOT p.is_on THEN 'ended' WHEN p.closes_at <= %(now)s THEN 'over'
                                                WHEN p.opens_at <= %(now)s THEN 'open' ELSE 'planned' END)
ORDER BY p.opens_at DESC, p.id DESC
LIMIT %(limit)s OFFSET %(offset)s
