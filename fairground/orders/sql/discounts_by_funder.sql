-- Add up what promotions, coupons and packets gave orders with ids of a span, by market and by who pays.
-- Locks: nothing. It reads all discounts of the span, by the primary key: for who looks at the books of a festival.
-- Orders that expired (6) or were cancelled (7) are left out, and what ended with units that were refunded is taken off;
-- all packets are one, as there are as many as shoppers.
WITH ended AS (
    SELECT lane, order_id, line_no, step, source, funder, sum(amount_minor) AS amount_minor
    FROM orders_refunddiscount
    WHERE lane = ANY(%(lanes)s::smallint[]) AND order_id >= %(from_id)s AND order_id < %(before_id)s
    GROUP BY lane, order_id, line_no, step, source, funder
)
SELECT split_part(d.source, ':', 1) AS word,
       CASE WHEN d.source LIKE 'packet:%%' THEN 0 ELSE split_part(d.source, ':', 2)::bigint END AS source_id,
       o.market, o.currency,
       COALESCE(sum(d.amount_minor - COALESCE(e.amount_minor, 0)) FILTER (WHERE d.funder = 'platform'), 0)::bigint,
       COALESCE(sum(d.amount_minor - COALESCE(e.amount_minor, 0)) FILTER (WHERE d.funder <> 'platform'), 0)::bigint
FROM orders_linediscount AS d
JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id
LEFT JOIN ended AS e ON e.lane = d.lane AND e.order_id = d.order_id AND e.line_no = d.line_no
     AND e.step = d.step AND e.source = d.source AND e.funder = d.funder
WHERE d.lane = ANY(%(lanes)s::smallint[]) AND d.order_id >= %(from_id)s AND d.order_id < %(before_id)s
  AND d.source ~ '^(promotion|coupon|packet):[0-9]+$' AND o.state NOT IN (6, 7)
GROUP BY 1, 2, 3, 4
ORDER BY 3, 1, 2, 4
