-- Add to what one of the staff granted on a day in a currency, and return it; no row where that is more than one may.
-- Locks: the row of the day; of two at once the second waits for the first.
INSERT INTO payments_creditday AS d (user_id, day, currency, granted_minor)
VALUES (%(user_id)s, %(day)s, %(currency)s, %(amount_minor)s)
ON CONFLICT (user_id, day, currency) DO UPDATE SET granted_minor = d.granted_minor + EXCLUDED.granted_minor
WHERE d.granted_minor + EXCLUDED.granted_minor <= %(granted_max_minor)s
RETURNING granted_minor
