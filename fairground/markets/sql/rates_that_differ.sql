-- Find rates that are stored otherwise, of the same currency, day and source.
-- Locks: nothing.
SELECT n.currency, n.day
FROM unnest(%(currencies)s::varchar[], %(days)s::date[], %(numerators)s::bigint[], %(denominators)s::bigint[])
    AS n (currency, day, numerator, denominator)
JOIN markets_rate AS r ON r.currency = n.currency AND r.day = n.day AND r.source = %(source)s
WHERE (r.numerator, r.denominator) <> (n.numerator, n.denominator)
ORDER BY n.day, n.currency
