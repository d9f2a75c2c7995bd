-- Compare releases, reserves, payouts and closed days with what the operator's commands told, and look for what waits.
-- Locks: nothing. Orders: 5 completed, 7 cancelled; payouts: 1 proposed, 4 confirmed, 5 failed; entries: 1 a release,
-- 3 a reserve. One that was returned has no day any more.
WITH told AS (
    SELECT * FROM unnest(%(payout_ids)s::bigint[], %(amounts_minor)s::bigint[]) AS t (id, amount_minor)
), counted (what, told, found) AS (
    VALUES
    ('reserves returned', %(reserves)s::bigint,
     (SELECT count(*) FROM settlement_release AS r JOIN settlement_terms AS t ON t.merchant_id = r.merchant_id
      WHERE t.reserve_days > 0)),
    ('entries of reserves', (SELECT count(*) FROM settlement_entry WHERE kind = 1 AND reserve_minor > 0),
     (SELECT count(*) FROM settlement_entry WHERE kind = 3)),
    ('reserves kept', 0, (SELECT count(*) FROM settlement_release WHERE reserve_until IS NOT NULL)),
    ('payouts that failed', %(failed)s::bigint, (SELECT count(*) FROM settlement_payout WHERE state = 5)),
    ('payouts that are proposed', %(waiting)s::bigint, (SELECT count(*) FROM settlement_payout WHERE state = 1)),
    ('payouts on their way', 0, (SELECT count(*) FROM settlement_payout WHERE state IN (2, 3))),
    ('closed days', %(days)s::bigint, (SELECT count(*) FROM ledger_day)),
    ('completed orders that are not released', 0,
     (SELECT count(*) FROM orders_order AS o WHERE o.state = 5
        AND NOT EXISTS (SELECT FROM settlement_release AS r WHERE r.lane = o.lane AND r.order_id = o.id)))
), shipped AS (
    SELECT * FROM unnest(%(shipped)s::bigint[]) AS t (order_id)
), faults AS (
    SELECT format('order %%s: shipped %%s, in state %%s, released %%s', COALESCE(t.order_id, r.order_id),
                  t.order_id IS NOT NULL, o.state, r.order_id IS NOT NULL) AS what
    FROM shipped AS t
    FULL JOIN settlement_release AS r ON r.order_id = t.order_id
    LEFT JOIN orders_order AS o ON o.id = t.order_id
    WHERE t.order_id IS NULL OR (r.order_id IS NULL AND o.state IS DISTINCT FROM 7)
    UNION ALL
    SELECT format('%%s: told %%s, found %%s', what, told, found) AS what FROM counted WHERE told <> found
    UNION ALL
    SELECT format('payout %%s: told %%s, found %%s', COALESCE(t.id, p.id), t.amount_minor, p.amount_minor)
    FROM told AS t
    FULL JOIN (SELECT * FROM settlement_payout WHERE state = 4) AS p ON p.id = t.id
    WHERE t.amount_minor IS DISTINCT FROM p.amount_minor
)
SELECT (SELECT count(*) FROM told) + (SELECT count(*) FROM shipped) + %(reserves)s::bigint + %(days)s::bigint,
       (SELECT count(*) FROM faults), (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
