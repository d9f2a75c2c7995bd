-- Compare the budgets that ran out with what their promotions took off lines: all of it, and nothing more.
-- Locks: nothing. States 6 and 7 are expired and cancelled: what these were given has come back.
WITH given AS (
    SELECT split_part(d.source, ':', 2)::bigint AS promotion_id, o.market, sum(d.amount_minor) AS amount_minor
    FROM orders_linediscount AS d
    JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id
    WHERE d.source ~ '^(promotion|coupon):[0-9]+$' AND o.state NOT IN (6, 7)
    GROUP BY 1, 2
), budgets AS (
    SELECT t.promotion_id, t.market_id AS market, t.amount_max_minor
    FROM promotions_promotionterms AS t
    WHERE t.amount_max_minor IS NOT NULL
), faults AS (
    SELECT format('promotion %%s in %%s gave %%s of %%s', promotion_id, market, COALESCE(g.amount_minor, 0),
                  b.amount_max_minor) AS what,
           abs(b.amount_max_minor - COALESCE(g.amount_minor, 0)) AS off
    FROM budgets AS b
    LEFT JOIN given AS g USING (promotion_id, market)
    WHERE g.amount_minor > b.amount_max_minor
       OR promotion_id = ANY (%(exhausted)s::bigint[]) AND COALESCE(g.amount_minor, 0) <> b.amount_max_minor
)
SELECT (SELECT count(*) FROM budgets), (SELECT count(*) FROM faults), (SELECT COALESCE(sum(off), 0) FROM faults),
       ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
