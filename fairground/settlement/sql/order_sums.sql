-- Read of orders what was paid, what is kept and gone, and their terms: a row for each commission that goods have.
-- Locks: nothing; under the orders' turn it holds. The sums are of the lines that have it; what is kept comes before what
-- was given and gone. The tax on the commission is that of the merchant's region. Line 0 is the shipping: what the
-- merchant gives off that lowers no price of goods. It counts with the first line, as duties do, below 0.
SELECT o.id, o.merchant_id, o.currency, o.creator_id, o.total_minor, COALESCE(x.rate_bps, 0)::int, o.creator_bps,
       COALESCE(t.reserve_bps, 0), COALESCE(t.reserve_days, 0), o.duties_minor, l.commission_bps,
       (sum(l.goods_minor) - sum(r.goods))::bigint, (sum(d.by_merchant) - sum(e.by_merchant))::bigint,
       sum(r.ahead)::bigint, sum(d.by_platform)::bigint, sum(r.paid)::bigint, sum(e.by_platform)::bigint,
       sum(r.duties)::bigint
FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
JOIN orders_order AS o ON o.lane = w.lane AND o.id = w.id
CROSS JOIN LATERAL (
    SELECT i.lane, i.order_id, i.line_no, i.commission_bps, i.goods_minor,
           CASE WHEN i.line_no = 1 THEN -32768 ELSE i.line_no END AS first_no
    FROM orders_orderline AS i WHERE i.lane = o.lane AND i.order_id = o.id
) AS l
LEFT JOIN settlement_terms AS t ON t.merchant_id = o.merchant_id
LEFT JOIN markets_taxrate AS x ON x.region = o.merchant_country
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.amount_minor) FILTER (WHERE i.funder <> 'platform' AND i.line_no > 0), 0) AS by_merchant,
           COALESCE(sum(i.amount_minor) FILTER (WHERE i.funder = 'platform'), 0) AS by_platform
    FROM orders_linediscount AS i WHERE i.lane = l.lane AND i.order_id = l.order_id
          AND i.line_no BETWEEN l.first_no AND l.line_no
) AS d
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.paid_minor), 0) AS paid, COALESCE(sum(i.goods_minor) FILTER (WHERE i.line_no > 0), 0) AS goods,
           -COALESCE(sum(i.ahead_minor), 0) AS ahead, COALESCE(sum(i.paid_minor) FILTER (WHERE i.line_no < 0), 0) AS duties
    FROM orders_refund AS i WHERE i.lane = l.lane AND i.order_id = l.order_id
          AND i.line_no BETWEEN l.first_no AND l.line_no
) AS r
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(i.amount_minor) FILTER (WHERE i.funder <> 'platform' AND i.line_no > 0), 0) AS by_merchant,
           COALESCE(sum(i.amount_minor) FILTER (WHERE i.funder = 'platform'), 0) AS by_platform
    FROM orders_refunddiscount AS i WHERE i.lane = l.lane AND i.order_id = l.order_id
          AND i.line_no BETWEEN l.first_no AND l.line_no
) AS e
GROUP BY o.lane, o.id, t.merchant_id, x.region, l.commission_bps
ORDER BY o.lane, o.id, l.commission_bps
