-- How a writer's line stands.
-- Locks: nothing.
SELECT issued, admitted, room_from, room_to, COALESCE(room_opens_at > clock_timestamp(), FALSE)
FROM kernel_ticketline
WHERE writer_id = %(writer_id)s
