-- Read an open draw, so that nobody closes it before the entry is written, and the shopper, so that two count on.
-- Locks: the draw's row, shared, then the shopper's.
SELECT d.id, d.entries_max, d.opens_at, d.closes_at, d.ways, d.markets
FROM draws_draw AS d
WHERE d.slug = %(slug)s AND d.state = 2
FOR SHARE OF d
