-- Sum what orders brought each merchant in the quarters of a year: money, the commission on it, and sales.
-- Locks: nothing. Orders that were paid in the year, or of which something went back in it, with all that did before.
-- The commission of an order is that of what is kept of it, so a quarter has the difference of two such (half up).
WITH touched AS (
    SELECT lane, id FROM orders_order WHERE paid_at >= %(from_at)s AND paid_at < %(to_at)s
    UNION
    SELECT lane, order_id FROM orders_refund WHERE at >= %(from_at)s AND at < %(to_at)s
), orders AS MATERIALIZED (
    SELECT o.lane, o.id, o.merchant_id, o.currency, o.commission_bps, o.state, o.paid_at, o.goods_minor,
           o.discount_minor, o.total_minor
    FROM touched AS t
    JOIN orders_order AS o ON o.lane = t.lane AND o.id = t.id
), funded AS (
    SELECT d.lane, d.order_id, sum(d.amount_minor) AS amount_minor
    FROM orders AS o
    JOIN orders_linediscount AS d ON d.lane = o.lane AND d.order_id = o.id AND d.funder = 'platform'
    GROUP BY d.lane, d.order_id
), ended AS (
    SELECT e.lane, e.order_id, e.line_no, e.refund_no, sum(e.amount_minor) AS amount_minor
    FROM orders AS o
    JOIN orders_refunddiscount AS e ON e.lane = o.lane AND e.order_id = o.id AND e.funder = 'platform'
    GROUP BY e.lane, e.order_id, e.line_no, e.refund_no
), events AS (
    SELECT o.lane, o.id, o.paid_at AS at, o.goods_minor - o.discount_minor + COALESCE(f.amount_minor, 0) AS price_minor,
           o.total_minor + COALESCE(f.amount_minor, 0) AS money_minor
    FROM orders AS o
    LEFT JOIN funded AS f ON f.lane = o.lane AND f.order_id = o.id
    UNION ALL
    SELECT r.lane, r.order_id, r.at,
           r.discount_minor - COALESCE(e.amount_minor, 0) + r.ahead_minor - r.goods_minor,
           -(r.paid_minor + COALESCE(e.amount_minor, 0))
    FROM orders AS o
    JOIN orders_refund AS r ON r.lane = o.lane AND r.order_id = o.id
    LEFT JOIN ended AS e ON e.lane = r.lane AND e.order_id = r.order_id AND e.line_no = r.line_no
         AND e.refund_no = r.refund_no
    WHERE r.at < %(to_at)s
), quarters AS (
    SELECT lane, id, width_bucket(at, %(starts)s::timestamptz[]) AS quarter,
           sum(price_minor) AS price_minor, sum(money_minor) AS money_minor
    FROM events
    GROUP BY lane, id, quarter
), charged AS (
    SELECT q.lane, q.id, q.quarter, q.money_minor,
           round(sum(q.price_minor) OVER so_far * o.commission_bps / 10000) AS fee_minor
    FROM quarters AS q
    JOIN orders AS o ON o.lane = q.lane AND o.id = q.id
    WINDOW so_far AS (PARTITION BY q.lane, q.id ORDER BY q.quarter)
), differing AS (
    SELECT c.lane, c.id, c.quarter, c.money_minor,
           c.fee_minor - lag(c.fee_minor, 1, 0::numeric) OVER before AS fee_minor
    FROM charged AS c
    WINDOW before AS (PARTITION BY c.lane, c.id ORDER BY c.quarter)
)
SELECT o.merchant_id, o.currency, d.quarter, sum(d.money_minor)::bigint, sum(d.fee_minor)::bigint,
       count(*) FILTER (
           WHERE o.state <> %(cancelled)s AND width_bucket(o.paid_at, %(starts)s::timestamptz[]) = d.quarter
       )::bigint
FROM differing AS d
JOIN orders AS o ON o.lane = d.lane AND o.id = d.id
WHERE d.quarter > 0
GROUP BY o.merchant_id, o.currency, d.quarter
ORDER BY o.merchant_id, o.currency, d.quarter
