-- Compare "my purchases" with the purchases, but for those with events that its consumer has not read yet.
-- Locks: nothing. The difference is how many purchases are behind; once a realm is settled none may be.
WITH behind AS (
    SELECT DISTINCT e.subject_id
    FROM kernel_outbox AS e
    LEFT JOIN kernel_outboxcursor AS c ON c.consumer = 'my-purchases' AND c.writer_id = e.writer_id
    WHERE e.kind IN (1, 2, 3, 4, 20) AND e.seq > COALESCE(c.seq, 0)
), faults AS (
    SELECT format('purchase %s in state %s of %s %s, shown in state %s of %s %s', p.id, p.state, p.total_minor,
                  p.currency, s.state, s.total_minor, s.currency) AS what
    FROM orders_purchase AS p
    LEFT JOIN orders_shopperpurchase AS s ON s.lane = ((p.shopper_id >> 12) & 1023)::smallint
         AND s.shopper_id = p.shopper_id AND s.purchase_id = p.id
    LEFT JOIN behind AS b ON b.subject_id = p.id
    WHERE (s.state, s.total_minor, s.currency, s.placed_at)
          IS DISTINCT FROM (p.state, p.total_minor, p.currency, p.placed_at)
      AND (b.subject_id IS NULL OR current_setting('verify.settled')::boolean)
)
SELECT (SELECT count(*) FROM orders_shopperpurchase), (SELECT count(*) FROM faults),
       (SELECT count(*) FROM behind), ARRAY(SELECT what FROM faults LIMIT 5)
