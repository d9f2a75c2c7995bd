-- Find refusals for a reason that is none: something broke, or nobody can say what it means.
-- Locks: nothing.
WITH faults AS (
    SELECT format('line %s: %s', line_no, code) AS what FROM verify_refusal WHERE judge IS NULL
)
SELECT (SELECT count(*) FROM verify_refusal), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
