-- Forget who was in rooms that opened long ago.
-- Locks: the rows that it deletes.
DELETE FROM waiting_entrant
WHERE (opens_ms, shopper_id) IN (
    SELECT opens_ms, shopper_id FROM waiting_entrant WHERE opens_ms < %(before_ms)s LIMIT %(rows_max)s
)
