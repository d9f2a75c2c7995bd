-- Sum what was placed and what was paid in a span, by minute of the clock and currency.
-- Locks: nothing. Seconds that were folded lie at the beginning of their minute, so they sum up as before.
SELECT t.second / 60, t.currency,
       COALESCE(sum(t.orders) FILTER (WHERE t.kind = 1), 0), COALESCE(sum(t.units) FILTER (WHERE t.kind = 1), 0),
       COALESCE(sum(t.amount_minor) FILTER (WHERE t.kind = 2), 0)
FROM dashboard_tally AS t
WHERE t.second >= %(from_s)s AND t.second < %(to_s)s AND t.kind IN (1, 2)
GROUP BY 1, 2
ORDER BY 1, 2
