-- Compare the discounts that shoppers saw, and the shop agreed to, with those of their orders and of the orders' lines.
-- Locks: nothing.
WITH told AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(amounts_minor)s::bigint[]) AS t (id, amount_minor)
), given AS (
    SELECT o.purchase_id AS id, sum(o.discount_minor) AS amount_minor, sum(d.amount_minor) AS on_lines_minor
    FROM orders_order AS o
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(x.amount_minor), 0) AS amount_minor
        FROM orders_linediscount AS x
        WHERE x.lane = o.lane AND x.order_id = o.id AND x.line_no > 0
    ) AS d
    WHERE o.purchase_id IN (SELECT id FROM told)
    GROUP BY o.purchase_id
), faults AS (
    SELECT format('purchase %%s: %%s off were seen, %%s are taken off its orders and %%s off their lines', t.id,
                  t.amount_minor, g.amount_minor, g.on_lines_minor) AS what,
           abs(t.amount_minor - COALESCE(g.amount_minor, 0)) + abs(t.amount_minor - COALESCE(g.on_lines_minor, 0)) AS off
    FROM told AS t
    LEFT JOIN given AS g ON g.id = t.id
    WHERE (g.amount_minor, g.on_lines_minor) IS DISTINCT FROM (t.amount_minor::numeric, t.amount_minor::numeric)
)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM faults), (SELECT COALESCE(sum(off), 0) FROM faults),
       ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
