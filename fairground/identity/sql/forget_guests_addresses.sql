-- Delete the saved addresses of guests who have used none for long, at most so many; a merged guest's are the user's.
-- Locks: those rows; one that is just being written is left for the next time.
WITH old AS (
    SELECT a.id
    FROM identity_savedaddress AS a
    JOIN identity_shopper AS s ON s.id = a.shopper_id
    WHERE a.used_at < %(before)s
      AND NOT EXISTS (
          SELECT FROM identity_savedaddress AS n WHERE n.shopper_id = a.shopper_id AND n.used_at >= %(before)s
      )
      AND NOT EXISTS (SELECT FROM identity_user AS u WHERE u.shopper_id = COALESCE(s.merged_into_id, s.id))
    ORDER BY a.id
    LIMIT %(rows_max)s
    FOR UPDATE OF a SKIP LOCKED
)
DELETE FROM identity_savedaddress AS a USING old AS o WHERE a.id = o.id
