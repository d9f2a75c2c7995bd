-- Keep a room from being drawn while somebody enters or leaves it.
-- Locks: the room, shared with others who do the same.
SELECT opens_ms
FROM waiting_room
WHERE opens_ms = %(opens_ms)s AND drawn_at IS NULL
FOR SHARE
