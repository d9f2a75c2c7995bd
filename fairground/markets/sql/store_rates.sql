-- Store the rates that are not there yet; what is there stays as it is.
-- Locks: nothing but the new rows.
INSERT INTO markets_rate (currency, day, source, numerator, denominator)
SELECT n.currency, n.day, %(source)s, n.numerator, n.denominator
FROM unnest(%(currencies)s::varchar[], %(days)s::date[], %(numerators)s::bigint[], %(denominators)s::bigint[])
    AS n (currency, day, numerator, denominator)
ORDER BY n.currency, n.day
ON CONFLICT (currency, day, source) DO NOTHING
