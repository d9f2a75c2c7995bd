-- Draw the numbers of a waiting room, which are not admitted before it opens, unless another room is still shut.
-- Locks: the writer's ticket line, until the transaction ends; so this is its last statement.
UPDATE kernel_ticketline
SET issued = issued + %(count)s,
    room_from = issued,
    room_to = issued + %(count)s,
    room_opens_at = %(opens_at)s
WHERE writer_id = %(writer_id)s AND (room_opens_at IS NULL OR room_opens_at <= clock_timestamp())
RETURNING room_from
