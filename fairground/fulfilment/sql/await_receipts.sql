-- Say when shipped orders go on by themselves; one that waits for its withdrawal goes on waiting.
-- Locks: the rows of these orders; the turn keeps other batches out, so their order does not matter.
INSERT INTO fulfilment_awaitedreceipt AS a (lane, order_id, due_at)
SELECT lane, order_id, due_at
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(due_at)s::timestamptz[]) AS w (lane, order_id, due_at)
ON CONFLICT (lane, order_id) DO UPDATE SET due_at = EXCLUDED.due_at WHERE a.due_at IS NOT NULL
