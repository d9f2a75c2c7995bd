-- Draw a block of numbers for those who wait, and let the watermark rise by what a process can take.
-- Locks: the writer's ticket line, for this statement alone.
UPDATE kernel_ticketline
SET issued = issued + %(draw)s, admitted = LEAST(admitted + %(admit)s, issued)
WHERE writer_id = %(writer_id)s
RETURNING issued, admitted
