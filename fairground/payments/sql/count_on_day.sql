-- Add to what one of the staff gave away, or issued as sold, on a day, and return it; no row where that is too much.
-- Locks: the row of the day; of two at once the second waits for the first.
INSERT INTO payments_staffday AS d (user_id, day, is_sold, cents)
VALUES (%(user_id)s, %(day)s, %(is_sold)s, %(cents)s)
ON CONFLICT (user_id, day, is_sold) DO UPDATE SET cents = d.cents + EXCLUDED.cents
WHERE d.cents + EXCLUDED.cents <= %(cents_max)s
RETURNING cents
