-- Look whether each purchase made each thing known that happened to it: once, and nothing that did not happen.
-- Locks: nothing. Kinds: 1 placed, 2 paid, 3 expired, 4 cancelled, 20 deposit paid, 21 paid late: of these some had
-- expired before, and some were only late.
WITH told AS (
    SELECT subject_id, count(*) FILTER (WHERE kind = 1) AS placed, count(*) FILTER (WHERE kind = 2) AS paid,
           count(*) FILTER (WHERE kind = 3) AS expired, count(*) FILTER (WHERE kind = 4) AS cancelled,
           count(*) FILTER (WHERE kind = 20) AS deposited, count(*) FILTER (WHERE kind = 21) AS late
    FROM kernel_outbox
    WHERE kind IN (1, 2, 3, 4, 20, 21)
    GROUP BY subject_id
), faults AS (
    SELECT format('purchase %s in state %s told %s times that it was placed, %s paid, %s deposited, %s expired, '
                  '%s cancelled', p.id, p.state, COALESCE(t.placed, 0), t.paid, t.deposited, t.expired, t.cancelled)
               AS what
    FROM orders_purchase AS p
    LEFT JOIN told AS t ON t.subject_id = p.id
    WHERE (t.placed, t.paid, t.deposited, t.cancelled)
          IS DISTINCT FROM (1, (p.paid_at IS NOT NULL)::int, (p.deposited_at IS NOT NULL)::int, (p.state = 7)::int)
       OR (t.expired - (p.state = 6)::int BETWEEN 0 AND t.late) IS NOT TRUE
)
SELECT (SELECT count(*) FROM kernel_outbox), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
