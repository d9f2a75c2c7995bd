-- Take the writers' turn: lock their rows until commit, number the batch, reserve ids and outbox numbers.
-- Locks: writer rows, in id order (the inner select), first of all locks in a batch.
UPDATE kernel_writer AS w
SET batch_seq = w.batch_seq + 1,
    id_ms = GREATEST(w.id_ms + 1, %(now_ms)s) + %(id_ms_span)s,
    outbox_seq = w.outbox_seq + %(outbox_rows)s
FROM (SELECT id, id_ms FROM kernel_writer WHERE id = ANY(%(writer_ids)s) ORDER BY id FOR UPDATE) AS locked
WHERE w.id = locked.id
RETURNING w.id, w.lane_from, w.lane_to, w.batch_seq, w.id_ms, w.outbox_seq, w.offers_version
