-- Read the id with which each page of so many merchants begins.
-- Locks: nothing. One pass over the primary key's index.
SELECT n.id FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM merchants_merchant) AS n
WHERE n.place %% %(page_max)s = 0 ORDER BY n.id
