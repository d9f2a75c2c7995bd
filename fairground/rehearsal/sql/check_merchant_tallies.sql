-- Compare the merchants' tallies with their orders of every kind and currency: counts, units and money.
-- Locks: nothing. Kinds as in check_tallies.sql.
WITH units AS (
    SELECT lane, order_id, sum(quantity) AS units FROM orders_orderline GROUP BY lane, order_id
), refunds AS (
    SELECT lane, order_id, sum(units) AS units, sum(paid_minor) AS paid_minor FROM orders_refund GROUP BY lane, order_id
), sums AS (
    SELECT o.merchant_id, o.currency, o.paid_at IS NOT NULL AS paid, o.state IN (6, 7) AS ended,
           count(*) AS orders, COALESCE(sum(u.units), 0) AS units, sum(o.total_minor) AS amount_minor,
           COALESCE(sum(r.units), 0) AS back_units, COALESCE(sum(r.paid_minor), 0) AS back_minor
    FROM orders_order AS o
    LEFT JOIN units AS u ON u.lane = o.lane AND u.order_id = o.id
    LEFT JOIN refunds AS r ON r.lane = o.lane AND r.order_id = o.id
    GROUP BY o.merchant_id, o.currency, 3, 4
), sides AS (
    SELECT k.kind, s.merchant_id, s.currency, s.orders, s.units, s.amount_minor
    FROM sums AS s
    CROSS JOIN LATERAL (VALUES (1, true), (2, s.paid), (3, s.ended AND NOT s.paid)) AS k (kind, holds)
    WHERE k.holds
    UNION ALL
    SELECT 4, merchant_id, currency, CASE WHEN ended THEN orders ELSE 0 END, back_units, back_minor
    FROM sums
    WHERE paid
    UNION ALL
    SELECT kind, merchant_id, currency, -orders, -units, -amount_minor FROM dashboard_merchanttally
), faults AS (
    SELECT format('kind %s, merchant %s, %s: %s orders, %s units, %s minor units off', kind, merchant_id, currency,
                  sum(orders), sum(units), sum(amount_minor)) AS what,
           abs(sum(amount_minor)) AS off
    FROM sides
    GROUP BY kind, merchant_id, currency
    HAVING (sum(orders), sum(units), sum(amount_minor)) <> (0, 0, 0)
)
SELECT (SELECT count(*) FROM dashboard_merchanttally), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
