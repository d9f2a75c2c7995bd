-- Sum what orders brought each merchant in the quarters of a year: money, the commission on it, and sales.
-- Locks: nothing. Orders that were paid in the year, or of which something went back in it, with all that did before.
-- The commission is that of what is kept of an order's goods with the same rate, so a quarter has the difference of two
-- such (half up). What was paid for an order, and the sale, stand with its first line; so does line 0, the shipping:
-- money that the merchant gets, without commission. Duties, below 0, are no merchant's.
WITH orders AS MATERIALIZED (
    SELECT o.lane, o.id, o.merchant_id, o.currency, o.state, o.paid_at, o.discount_minor,
           o.total_minor - o.duties_minor AS total_minor
    FROM orders_order AS o
    WHERE o.paid_at < %(to_at)s AND (
        o.paid_at >= %(from_at)s OR (o.lane, o.id) IN (
            SELECT lane, order_id FROM orders_refund WHERE at >= %(from_at)s AND at < %(to_at)s
        )
    )
), funded AS (
    SELECT d.lane, d.order_id, d.line_no, sum(d.amount_minor)::bigint AS amount_minor
    FROM orders AS o
    JOIN orders_linediscount AS d ON d.lane = o.lane AND d.order_id = o.id AND d.funder = 'platform'
    GROUP BY d.lane, d.order_id, d.line_no
), events AS (
    SELECT o.lane, o.id, o.merchant_id, o.currency, l.commission_bps, o.paid_at AS at,
           (l.line_no = 1 AND o.state <> %(cancelled)s)::integer AS sales,
           l.goods_minor - l.discount_minor + COALESCE(f.amount_minor, 0) AS price_minor,
           CASE WHEN l.line_no = 1 THEN o.total_minor + COALESCE(s.amount_minor, 0) ELSE 0 END
           + COALESCE(f.amount_minor, 0) AS money_minor
    FROM orders AS o
    JOIN orders_orderline AS l ON l.lane = o.lane AND l.order_id = o.id
    LEFT JOIN funded AS f ON f.lane = l.lane AND f.order_id = l.order_id AND f.line_no = l.line_no
    LEFT JOIN funded AS s ON s.lane = l.lane AND s.order_id = l.order_id AND s.line_no = 0
    UNION ALL
    SELECT o.lane, o.id, o.merchant_id, o.currency, l.commission_bps, r.at, 0,
           CASE WHEN r.line_no = 0 THEN 0
                ELSE r.discount_minor - e.amount_minor + r.ahead_minor - r.goods_minor END,
           -(r.paid_minor + e.amount_minor)
    FROM orders_refund AS r
    JOIN orders AS o ON o.lane = r.lane AND o.id = r.order_id
    JOIN orders_orderline AS l ON l.lane = r.lane AND l.order_id = r.order_id AND l.line_no = GREATEST(r.line_no, 1)
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(d.amount_minor), 0)::bigint AS amount_minor
        FROM orders_refunddiscount AS d
        WHERE d.lane = r.lane AND d.order_id = r.order_id AND d.line_no = r.line_no AND d.refund_no = r.refund_no
          AND d.funder = 'platform'
    ) AS e
    WHERE r.at < %(to_at)s AND r.line_no >= 0
), quarters AS (
    SELECT lane, id, merchant_id, currency, commission_bps, width_bucket(at, %(starts)s::timestamptz[]) AS quarter,
           sum(sales)::bigint AS sales, sum(price_minor)::bigint AS price_minor, sum(money_minor)::bigint AS money_minor
    FROM events
    GROUP BY lane, id, merchant_id, currency, commission_bps, quarter
), charged AS (
    SELECT q.lane, q.id, q.merchant_id, q.currency, q.commission_bps, q.quarter, q.sales, q.money_minor,
           round(sum(q.price_minor) OVER so_far * q.commission_bps / 10000) AS fee_minor
    FROM quarters AS q
    WINDOW so_far AS (PARTITION BY q.lane, q.id, q.commission_bps ORDER BY q.quarter)
), differing AS (
    SELECT c.merchant_id, c.currency, c.quarter, c.sales, c.money_minor,
           c.fee_minor - lag(c.fee_minor, 1, 0::numeric) OVER before AS fee_minor
    FROM charged AS c
    WINDOW before AS (PARTITION BY c.lane, c.id, c.commission_bps ORDER BY c.quarter)
)
SELECT merchant_id, currency, quarter, sum(money_minor)::bigint, sum(fee_minor)::bigint, sum(sales)::bigint
FROM differing
WHERE quarter > 0
GROUP BY merchant_id, currency, quarter
ORDER BY merchant_id, currency, quarter
