-- Compare the budgets that ran out with what their promotions took off lines: all of it, and never more is kept.
-- Locks: nothing. States 6 and 7 are expired and cancelled: what these were given has come back, and so has what ended
-- with units that were refunded. A budget that ran out was once given whole, whatever of it came back afterwards.
WITH ended AS (
    SELECT lane, order_id, line_no, step, source, funder, sum(amount_minor) AS amount_minor
    FROM orders_refunddiscount
    GROUP BY lane, order_id, line_no, step, source, funder
), given AS (
    SELECT split_part(d.source, ':', 2)::bigint AS promotion_id, o.market, sum(d.amount_minor) AS once_minor,
           sum(d.amount_minor - COALESCE(e.amount_minor, 0)) AS kept_minor
    FROM orders_linediscount AS d
    JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id
    LEFT JOIN ended AS e ON e.lane = d.lane AND e.order_id = d.order_id AND e.line_no = d.line_no
         AND e.step = d.step AND e.source = d.source AND e.funder = d.funder
    WHERE d.source ~ '^(promotion|coupon):[0-9]+$' AND (o.state NOT IN (6, 7) OR e.amount_minor IS NOT NULL)
    GROUP BY 1, 2
), budgets AS (
    SELECT t.promotion_id, t.market_id AS market, t.amount_max_minor
    FROM promotions_promotionterms AS t
    WHERE t.amount_max_minor IS NOT NULL
), compared AS (
    SELECT promotion_id, market, b.amount_max_minor, COALESCE(g.once_minor, 0) AS once_minor,
           COALESCE(g.kept_minor, 0) AS kept_minor
    FROM budgets AS b
    LEFT JOIN given AS g USING (promotion_id, market)
), faults AS (
    SELECT format('promotion %%s in %%s gave %%s of %%s, and %%s came back', promotion_id, market, once_minor,
                  amount_max_minor, once_minor - kept_minor) AS what,
           greatest(kept_minor - amount_max_minor, amount_max_minor - once_minor) AS off
    FROM compared
    WHERE kept_minor > amount_max_minor
       OR promotion_id = ANY (%(exhausted)s::bigint[]) AND once_minor < amount_max_minor
)
SELECT (SELECT count(*) FROM budgets), (SELECT count(*) FROM faults), (SELECT COALESCE(sum(off), 0) FROM faults),
       ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
