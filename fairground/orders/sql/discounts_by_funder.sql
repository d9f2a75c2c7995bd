-- Add up what promotions, coupons and packets gave orders with ids of a span, by market and by who pays.
-- Locks: nothing. It reads all discounts of the span, by the primary key: for who looks at the books of a festival.
-- Orders that expired (6) or were cancelled (7) are left out; all packets are one, as there are as many as shoppers.
SELECT split_part(d.source, ':', 1) AS word,
       CASE WHEN d.source LIKE 'packet:%%' THEN 0 ELSE split_part(d.source, ':', 2)::bigint END AS source_id,
       o.market, o.currency,
       COALESCE(sum(d.amount_minor) FILTER (WHERE d.funder = 'platform'), 0)::bigint,
       COALESCE(sum(d.amount_minor) FILTER (WHERE d.funder <> 'platform'), 0)::bigint
FROM orders_linediscount AS d
JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id
WHERE d.lane = ANY(%(lanes)s::smallint[]) AND d.order_id >= %(from_id)s AND d.order_id < %(before_id)s
  AND d.source ~ '^(promotion|coupon|packet):[0-9]+$' AND o.state NOT IN (6, 7)
GROUP BY 1, 2, 3, 4
ORDER BY 3, 1, 2, 4
