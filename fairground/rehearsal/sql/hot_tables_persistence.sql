-- Tell whether every table of the realm is written to the log, so that a crash takes nothing: permanent, or what is not.
-- Locks: nothing.
SELECT coalesce(
           string_agg(format('%s is %s', relname, CASE relpersistence WHEN 'u' THEN 'unlogged' ELSE 'temporary' END),
                      ', ' ORDER BY relname) FILTER (WHERE relpersistence <> 'p'),
           'permanent')
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
