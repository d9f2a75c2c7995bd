-- Compare the tallies with the orders in every dimension and kind: counts, units and money.
-- Locks: nothing. An order counts as placed, and as paid, voided (ended unpaid) or refunded
-- (cancelled after payment); what went back of a paid order counts as refunded whether or not it was cancelled.
WITH units AS (
    SELECT lane, order_id, sum(quantity) AS units FROM orders_orderline GROUP BY lane, order_id
), refunds AS (
    SELECT lane, order_id, sum(units) AS units, sum(paid_minor) AS paid_minor FROM orders_refund GROUP BY lane, order_id
), sums AS (
    SELECT o.market, o.currency, o.buyer_country, o.merchant_country, o.channel, o.device, o.entry_hall_id,
           o.paid_at IS NOT NULL AS paid, o.state IN (6, 7) AS ended,
           count(*) AS orders, COALESCE(sum(u.units), 0) AS units, sum(o.total_minor) AS amount_minor,
           COALESCE(sum(r.units), 0) AS back_units, COALESCE(sum(r.paid_minor), 0) AS back_minor
    FROM orders_order AS o
    LEFT JOIN units AS u ON u.lane = o.lane AND u.order_id = o.id
    LEFT JOIN refunds AS r ON r.lane = o.lane AND r.order_id = o.id
    GROUP BY o.market, o.currency, o.buyer_country, o.merchant_country, o.channel, o.device, o.entry_hall_id, 8, 9
), sides AS (
    SELECT k.kind, s.market, s.currency, s.buyer_country, s.merchant_country, s.channel, s.device, s.entry_hall_id,
           s.orders, s.units, s.amount_minor
    FROM sums AS s
    CROSS JOIN LATERAL (VALUES (1, true), (2, s.paid), (3, s.ended AND NOT s.paid)) AS k (kind, holds)
    WHERE k.holds
    UNION ALL
    SELECT 4, market, currency, buyer_country, merchant_country, channel, device, entry_hall_id,
           CASE WHEN ended THEN orders ELSE 0 END, back_units, back_minor
    FROM sums
    WHERE paid
    UNION ALL
    SELECT kind, market, currency, buyer_country, merchant_country, channel, device, entry_hall_id,
           -orders, -units, -amount_minor
    FROM dashboard_tally
), faults AS (
    SELECT format('kind %s, %s %s, %s from %s, channel %s, device %s, hall %s: %s orders, %s units, %s minor units off',
                  kind, market, currency, buyer_country, merchant_country, channel, device,
                  COALESCE(entry_hall_id::text, 'none'), sum(orders), sum(units), sum(amount_minor)) AS what,
           abs(sum(amount_minor)) AS off
    FROM sides
    GROUP BY kind, market, currency, buyer_country, merchant_country, channel, device, entry_hall_id
    HAVING (sum(orders), sum(units), sum(amount_minor)) <> (0, 0, 0)
)
SELECT (SELECT count(*) FROM dashboard_tally), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
