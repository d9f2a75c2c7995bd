-- Draw a block of numbers for those who wait, and let the watermark rise by what a process can take, up to the gate.
-- Locks: the writer's ticket line, for this statement alone.
UPDATE kernel_ticketline
SET issued = issued + %(draw)s,
    admitted = LEAST(
        admitted + %(admit)s,
        CASE WHEN room_opens_at > clock_timestamp() THEN GREATEST(room_from, admitted) ELSE issued END
    )
WHERE writer_id = %(writer_id)s
RETURNING issued, admitted, room_from, room_to, COALESCE(room_opens_at > clock_timestamp(), FALSE)
