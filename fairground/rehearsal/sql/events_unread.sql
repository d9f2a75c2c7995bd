-- Count the outbox's events that a consumer has not read yet, all consumers together.
-- Locks: nothing.
SELECT count(*)
FROM kernel_outboxcursor AS c
JOIN kernel_outbox AS e ON e.writer_id = c.writer_id AND e.seq > c.seq
