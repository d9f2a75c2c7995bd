-- Compare what shoppers were told of their presales with how these ended, and look for presales of which nobody was told.
-- Locks: nothing. States: 6 expired, 7 cancelled; deposits: mode 1 earnest money, ends 1 counted, 2 forfeited, 3 returned,
-- 4 returned doubled. What was paid may have been cancelled with the money back since.
WITH told AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(fates)s::text[]) AS t (id, fate)
), ended AS (
    SELECT p.id, p.state, p.deposit_mode, p.deposit_end, p.paid_at,
           CASE WHEN p.paid_at IS NOT NULL AND p.deposit_end = 1 THEN 'paid'
                WHEN p.deposited_at IS NULL AND p.state = 7 THEN 'dropped'
                WHEN p.state = 6 AND p.deposit_end = CASE p.deposit_mode WHEN 1 THEN 2 ELSE 3 END THEN 'late'
                WHEN p.state = 7 AND p.deposit_mode = 1 AND p.deposit_end = 4 THEN 'broken'
                WHEN p.state = 7 AND p.deposit_mode = 1 AND p.deposit_end = 2 THEN 'withdrawn'
                WHEN p.state = 7 AND p.deposit_mode <> 1 AND p.deposit_end = 3 THEN 'returned'
                ELSE 'open' END AS fate
    FROM orders_purchase AS p
    WHERE p.deposit_minor > 0
), faults AS (
    SELECT format('presale %%s was told to be %%s, is %%s in state %%s, its deposit ended as %%s', id,
                  COALESCE(t.fate, 'nothing'), COALESCE(e.fate, 'not there'), e.state, e.deposit_end) AS what
    FROM told AS t
    FULL JOIN ended AS e USING (id)
    WHERE t.fate IS NULL OR e.fate IS NULL
       OR e.fate <> CASE WHEN t.fate IN ('broken', 'withdrawn') AND e.deposit_mode <> 1 THEN 'returned' ELSE t.fate END
)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
