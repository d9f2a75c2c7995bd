-- Compare what went back of each line with the line, its order's state, the discounts that ended and the money moved.
-- Locks: nothing. Kinds of transfer: 3 refund, 30 price protection; state 7 is cancelled, reason 10 a price that fell.
-- The refunds of a line are numbered from 1 without a gap; of a cancelled order they are all of what was paid.
WITH ended AS (
    SELECT lane, order_id, line_no, refund_no, sum(amount_minor) AS amount_minor
    FROM orders_refunddiscount
    GROUP BY lane, order_id, line_no, refund_no
), by_line AS (
    SELECT r.lane, r.order_id, r.line_no, count(*) AS refunds, max(r.refund_no) AS last_no, sum(r.units) AS units,
           sum(r.goods_minor) AS goods_minor, sum(r.discount_minor) AS discount_minor, sum(r.tax_minor) AS tax_minor,
           sum(r.ahead_minor) AS ahead_minor, sum(r.paid_minor) AS paid_minor,
           COALESCE(sum(r.paid_minor) FILTER (WHERE r.reason = 10), 0) AS fell_minor,
           sum(COALESCE(e.amount_minor, 0)) AS ended_minor,
           bool_and(r.discount_minor = COALESCE(e.amount_minor, 0) AND r.reason <> 10 AND r.units > 0
                    OR r.reason = 10 AND r.units = 0 AND e.amount_minor IS NULL) AS fits
    FROM orders_refund AS r
    LEFT JOIN ended AS e ON e.lane = r.lane AND e.order_id = r.order_id AND e.line_no = r.line_no
         AND e.refund_no = r.refund_no
    GROUP BY r.lane, r.order_id, r.line_no
), lines AS (
    SELECT l.lane, l.order_id, l.line_no, l.quantity, l.goods_minor AS line_goods_minor,
           l.discount_minor AS line_discount_minor, l.tax_minor AS line_tax_minor,
           l.goods_minor - l.discount_minor + CASE WHEN l.tax_included THEN 0 ELSE l.tax_minor END AS line_paid_minor,
           o.state, o.paid_at, b.refunds, b.last_no, COALESCE(b.units, 0) AS units,
           COALESCE(b.goods_minor, 0) AS goods_minor, COALESCE(b.discount_minor, 0) AS discount_minor,
           COALESCE(b.tax_minor, 0) AS tax_minor, COALESCE(b.ahead_minor, 0) AS ahead_minor,
           COALESCE(b.paid_minor, 0) AS paid_minor, b.fits
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    LEFT JOIN by_line AS b ON b.lane = l.lane AND b.order_id = l.order_id AND b.line_no = l.line_no
    WHERE b.refunds IS NOT NULL OR o.state = 7 AND o.paid_at IS NOT NULL
), discounts AS (
    SELECT d.lane, d.order_id, d.line_no, d.step, d.source, d.funder, sum(d.amount_minor) AS amount_minor
    FROM orders_refunddiscount AS d
    JOIN orders_refund AS r USING (lane, order_id, line_no, refund_no)
    GROUP BY d.lane, d.order_id, d.line_no, d.step, d.source, d.funder
), due AS (
    SELECT lane, order_id, sum(paid_minor) - sum(fell_minor) AS units_minor, sum(fell_minor) AS fell_minor
    FROM by_line
    GROUP BY lane, order_id
), moved AS (
    SELECT t.lane, t.order_id, COALESCE(sum(t.amount_minor) FILTER (WHERE t.kind = 3), 0) AS units_minor,
           COALESCE(sum(t.amount_minor) FILTER (WHERE t.kind = 30), 0) AS fell_minor,
           bool_and(NOT t.pending AND d.address LIKE 'merchant:%:escrow:%' AND c.address LIKE 'shopper:%:wallet:%')
               AS fits
    FROM ledger_transfer AS t
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    WHERE t.kind IN (3, 30)
    GROUP BY t.lane, t.order_id
), faults AS (
    SELECT format('line %s of order %s in state %s: %s of %s units and %s of %s went back', line_no, order_id, state,
                  units, quantity, paid_minor, line_paid_minor) AS what,
           GREATEST(paid_minor - line_paid_minor, 0) AS off
    FROM lines
    WHERE paid_at IS NULL OR units > quantity OR goods_minor > line_goods_minor OR tax_minor > line_tax_minor
       OR discount_minor > line_discount_minor OR paid_minor > line_paid_minor OR ahead_minor > 0
       OR refunds IS DISTINCT FROM last_no OR fits IS NOT TRUE
       OR (state = 7 OR units = quantity)
          AND (units, goods_minor, discount_minor, tax_minor, ahead_minor, paid_minor)
              <> (quantity, line_goods_minor, line_discount_minor, line_tax_minor, 0, line_paid_minor)
    UNION ALL
    SELECT format('line %s of order %s: %s of %s ended, it had %s', d.line_no, d.order_id, d.amount_minor, d.source,
                  COALESCE(l.amount_minor, 0)), d.amount_minor - COALESCE(l.amount_minor, 0)
    FROM discounts AS d
    LEFT JOIN orders_linediscount AS l ON l.lane = d.lane AND l.order_id = d.order_id AND l.line_no = d.line_no
         AND l.step = d.step AND l.source = d.source AND l.funder = d.funder
    WHERE d.amount_minor > COALESCE(l.amount_minor, 0)
    UNION ALL
    SELECT format('order %s: %s and %s are refunded, %s and %s moved', order_id, COALESCE(d.units_minor, 0),
                  COALESCE(d.fell_minor, 0), COALESCE(m.units_minor, 0), COALESCE(m.fell_minor, 0)),
           abs(COALESCE(d.units_minor, 0) - COALESCE(m.units_minor, 0))
               + abs(COALESCE(d.fell_minor, 0) - COALESCE(m.fell_minor, 0))
    FROM due AS d
    FULL JOIN moved AS m USING (lane, order_id)
    WHERE (COALESCE(d.units_minor, 0), COALESCE(d.fell_minor, 0))
          <> (COALESCE(m.units_minor, 0), COALESCE(m.fell_minor, 0)) OR m.fits IS FALSE
)
SELECT (SELECT count(*) FROM orders_refund), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
