-- Read what each merchant pays for all that no category has a commission for, in the order of their slugs.
-- Locks: nothing. By the index of slugs.
SELECT id, slug, name, commission_bps
FROM merchants_merchant
WHERE (%(merchant)s = '' OR slug = %(merchant)s) AND slug > %(after)s
ORDER BY slug
LIMIT %(rows_max)s
