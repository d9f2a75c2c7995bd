-- Hold shoppers so that none of them is erased until commit, and read which were erased already.
-- Locks: their rows, shared, by id; erasing holds them alone.
SELECT s.id, s.erased_at IS NOT NULL
FROM identity_shopper AS s
WHERE s.id = ANY(%(shopper_ids)s::bigint[])
ORDER BY s.id
FOR SHARE
