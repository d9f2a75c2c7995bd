-- Say when shipped orders go on by themselves; one with an open withdrawal waits for what becomes of that.
-- Locks: the rows of these orders; the turn keeps other batches out, so their order does not matter.
INSERT INTO fulfilment_awaitedreceipt (lane, order_id, due_at)
SELECT w.lane, w.order_id, CASE WHEN o.order_id IS NULL THEN w.due_at END
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(due_at)s::timestamptz[]) AS w (lane, order_id, due_at)
LEFT JOIN fulfilment_withdrawal AS o ON o.lane = w.lane AND o.order_id = w.order_id AND o.settled_at IS NULL
ON CONFLICT (lane, order_id) DO UPDATE SET due_at = EXCLUDED.due_at
