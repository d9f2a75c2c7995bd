-- Find the first line that is not a refusal.
-- Locks: nothing.
SELECT min(line_no)
FROM verify_line
WHERE line IS NOT NULL AND NOT COALESCE(
    line ->> 'type' IS NOT NULL AND jsonb_typeof(line -> 'facts') = 'object'
        AND jsonb_typeof(line -> 'request') = 'object',
    false
)
