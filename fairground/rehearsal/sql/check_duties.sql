-- Compare what customs asked of each order with the lines it was asked for, their worth and rate, and what went back.
-- Locks: nothing. Line -n of refunds is duty n, which goes back whole, when the last units do that it was asked for:
-- those of the lines with its place whose tariff codes begin with its heading. Goods are worth what their merchant gets
-- for them without tax, or more where the price guarantee lowered that since; the tax on the duty is that of the goods'
-- rate, half up, on top.
WITH gone AS (
    SELECT lane, order_id, line_no, sum(units) AS units
    FROM orders_refund
    GROUP BY lane, order_id, line_no
), given AS (
    SELECT lane, order_id, line_no, sum(amount_minor) AS minor, bool_or(source LIKE 'guarantee:%') AS is_cheaper
    FROM orders_linediscount
    WHERE funder <> 'platform'
    GROUP BY lane, order_id, line_no
), asked AS (
    SELECT d.lane, d.order_id, d.duty_no, d.value_minor, d.duty_minor, d.tax_minor, l.*,
           floor((2 * d.duty_minor * l.rate_bps + 10000) / 20000) AS tax_due_minor,
           o.paid_at IS NOT NULL AND l.kept = 0 AS is_back
    FROM orders_orderduty AS d
    JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines, count(DISTINCT i.tax_rate_bps) AS rates, max(i.tax_rate_bps)::numeric AS rate_bps,
               sum(i.quantity - COALESCE(g.units, 0)) AS kept,
               sum(i.goods_minor - COALESCE(v.minor, 0) - CASE WHEN i.tax_included THEN i.tax_minor ELSE 0 END) AS worth,
               bool_or(COALESCE(v.is_cheaper, false)) AS is_cheaper
        FROM orders_orderline AS i
        LEFT JOIN gone AS g USING (lane, order_id, line_no)
        LEFT JOIN given AS v USING (lane, order_id, line_no)
        WHERE i.lane = d.lane AND i.order_id = d.order_id AND i.place_id = d.place_id
          AND left(i.hs_code, 6) = d.heading
    ) AS l
), sums AS (
    SELECT lane, order_id, count(*) AS duties, max(duty_no) AS last_no, sum(duty_minor + tax_minor) AS minor
    FROM orders_orderduty
    GROUP BY lane, order_id
), faults AS (
    SELECT format('order %s: duties of %s, its %s rows say %s', o.id, o.duties_minor, COALESCE(s.duties, 0),
                  COALESCE(s.minor, 0)) AS what,
           abs(o.duties_minor - COALESCE(s.minor, 0)) AS off
    FROM orders_order AS o
    LEFT JOIN sums AS s ON s.lane = o.lane AND s.order_id = o.id
    WHERE o.duties_minor <> COALESCE(s.minor, 0) OR s.duties <> s.last_no
    UNION ALL
    SELECT format('duty %s of order %s: %s and %s of tax on goods worth %s, %s lines are worth %s, tax should be %s',
                  duty_no, order_id, duty_minor, tax_minor, value_minor, lines, worth, tax_due_minor),
           COALESCE(abs(tax_minor - tax_due_minor), 0)
    FROM asked
    WHERE lines = 0 OR rates <> 1 OR tax_minor <> tax_due_minor OR value_minor < worth
       OR value_minor > worth AND NOT is_cheaper
    UNION ALL
    SELECT format('duty %s of order %s: of %s and %s went back %s and %s, and should %s', a.duty_no, a.order_id,
                  a.duty_minor, a.tax_minor, COALESCE(r.goods_minor, 0), COALESCE(r.tax_minor, 0),
                  CASE WHEN a.is_back THEN 'whole' ELSE 'not' END),
           abs(COALESCE(r.paid_minor, 0) - CASE WHEN a.is_back THEN a.duty_minor + a.tax_minor ELSE 0 END)
    FROM asked AS a
    LEFT JOIN orders_refund AS r ON r.lane = a.lane AND r.order_id = a.order_id AND r.line_no = -a.duty_no
    WHERE (r.order_id IS NOT NULL) <> COALESCE(a.is_back, false)
       OR a.is_back AND (r.goods_minor, r.tax_minor, r.paid_minor)
              <> (a.duty_minor, a.tax_minor, a.duty_minor + a.tax_minor)
)
SELECT (SELECT count(*) FROM orders_orderduty), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
