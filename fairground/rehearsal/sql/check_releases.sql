-- Compare what was released of each order with the order, its refunds, the statement's lines and the transfers.
-- Locks: nothing. Kinds: 50 release, 51 funded discount, 52 commission, 53 its tax, 54 creator, 55 reserve, 31
-- duties; state 5 is completed, event 7 tells of it; lines of kinds above 3 are of no release. The parts are computed
-- anew: commission of the merchant's price, to the nearest unit for all goods of an order that have the same. Line 0 is
-- the shipping, passed on whole; it counts with the first line. Duties, below 0, go from escrow to what is kept for
-- customs.
WITH changes AS (
    SELECT lane, order_id, line_no, goods_minor AS price, 0 AS discounts, 0 AS paid FROM orders_orderline
    UNION ALL
    SELECT lane, order_id, GREATEST(line_no, 1), CASE WHEN line_no > 0 THEN ahead_minor - goods_minor ELSE 0 END, 0,
           paid_minor
    FROM orders_refund
    UNION ALL
    SELECT lane, order_id, GREATEST(line_no, 1),
           CASE WHEN funder = 'platform' OR line_no = 0 THEN 0 ELSE -amount_minor END,
           CASE WHEN funder = 'platform' THEN amount_minor ELSE 0 END, 0
    FROM orders_linediscount
    UNION ALL
    SELECT lane, order_id, GREATEST(line_no, 1),
           CASE WHEN funder = 'platform' OR line_no = 0 THEN 0 ELSE amount_minor END,
           CASE WHEN funder = 'platform' THEN -amount_minor ELSE 0 END, 0
    FROM orders_refunddiscount
), charged AS (
    SELECT l.lane, l.order_id, sum(c.price) AS price, sum(c.discounts) AS discounts, sum(c.paid) AS paid,
           floor((sum(c.price) * l.commission_bps + 5000) / 10000) AS commission
    FROM settlement_release AS r
    JOIN orders_orderline AS l ON l.lane = r.lane AND l.order_id = r.order_id
    JOIN changes AS c ON c.lane = l.lane AND c.order_id = l.order_id AND c.line_no = l.line_no
    GROUP BY l.lane, l.order_id, l.commission_bps
), bases AS (
    SELECT lane, order_id, sum(price) AS price, sum(discounts) AS discounts, sum(paid) AS paid,
           sum(commission) AS commission
    FROM charged
    GROUP BY lane, order_id
), fees AS (
    SELECT r.lane, r.order_id, r.reserve_bps, o.total_minor - b.paid - c.duties AS escrow, b.discounts, b.commission,
           c.duties,
           floor((b.commission * r.fee_tax_bps + 5000) / 10000) AS fee_tax,
           floor((b.price * o.creator_bps + 5000) / 10000) AS creator
    FROM settlement_release AS r
    JOIN orders_order AS o ON o.lane = r.lane AND o.id = r.order_id AND o.state = 5
         AND o.merchant_id = r.merchant_id AND o.currency = r.currency
    JOIN bases AS b ON b.lane = r.lane AND b.order_id = r.order_id
    CROSS JOIN LATERAL (
        SELECT o.duties_minor - COALESCE(sum(i.paid_minor), 0) AS duties
        FROM orders_refund AS i
        WHERE i.lane = o.lane AND i.order_id = o.id AND i.line_no < 0
    ) AS c
), due AS (
    SELECT f.*, floor(GREATEST(escrow + discounts - commission - fee_tax - creator, 0) * reserve_bps / 10000) AS reserve
    FROM fees AS f
), told AS (
    SELECT lane, order_id, sum(escrow_minor) AS escrow, sum(discounts_minor) AS discounts,
           sum(commission_minor) AS commission, sum(fee_tax_minor) AS fee_tax, sum(creator_minor) AS creator,
           sum(reserve_minor) AS reserve, sum(payable_minor) AS payable
    FROM settlement_entry
    WHERE kind <= 3
    GROUP BY lane, order_id
), moved AS (
    SELECT t.lane, t.order_id, sum(s.minor) FILTER (WHERE t.kind = 50) AS escrow,
           sum(s.minor) FILTER (WHERE t.kind = 51) AS discounts, -sum(s.minor) FILTER (WHERE t.kind = 52) AS commission,
           -sum(s.minor) FILTER (WHERE t.kind = 53) AS fee_tax, -sum(s.minor) FILTER (WHERE t.kind = 54) AS creator,
           -sum(s.minor) FILTER (WHERE t.kind = 55) AS reserve,
           sum(s.duties) FILTER (WHERE t.kind = 31) AS duties
    FROM ledger_transfer AS t
    JOIN ledger_account AS c ON c.lane = ((t.credit_account_id >> 12) & 1023)::smallint AND c.id = t.credit_account_id
    JOIN ledger_account AS d ON d.lane = ((t.debit_account_id >> 12) & 1023)::smallint AND d.id = t.debit_account_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.address LIKE 'merchant:%:payable:%' THEN t.amount_minor ELSE -t.amount_minor END AS minor,
               CASE WHEN c.address = 'platform:duties:' || t.currency AND d.address LIKE 'merchant:%:escrow:%'
                    THEN t.amount_minor
                    WHEN d.address = 'platform:duties:' || t.currency AND c.address LIKE 'merchant:%:escrow:%'
                    THEN -t.amount_minor
               END AS duties
    ) AS s
    WHERE t.kind BETWEEN 50 AND 55 OR t.kind = 31
    GROUP BY t.lane, t.order_id
), faults AS (
    SELECT format('order %s: released %s, due are %s, told %s, moved %s', r.order_id,
                  ROW(r.escrow_minor, r.discounts_minor, r.commission_minor, r.fee_tax_minor, r.creator_minor,
                      r.reserve_minor, r.duties_minor),
                  ROW(d.escrow, d.discounts, d.commission, d.fee_tax, d.creator, d.reserve, d.duties),
                  ROW(t.escrow, t.discounts, t.commission, t.fee_tax, t.creator, t.reserve),
                  ROW(m.escrow, m.discounts, m.commission, m.fee_tax, m.creator, m.reserve, m.duties)) AS what,
           abs(r.payable_minor - COALESCE(t.payable, 0)) AS off
    FROM settlement_release AS r
    LEFT JOIN due AS d ON d.lane = r.lane AND d.order_id = r.order_id
    LEFT JOIN told AS t ON t.lane = r.lane AND t.order_id = r.order_id
    LEFT JOIN moved AS m ON m.lane = r.lane AND m.order_id = r.order_id
    WHERE (r.escrow_minor, r.discounts_minor, r.commission_minor, r.fee_tax_minor, r.creator_minor, r.reserve_minor,
           r.duties_minor)
              IS DISTINCT FROM (d.escrow, d.discounts, d.commission, d.fee_tax, d.creator, d.reserve, d.duties)
       OR (r.escrow_minor, r.discounts_minor, r.commission_minor, r.fee_tax_minor, r.creator_minor, r.reserve_minor,
           r.payable_minor)
              <> (COALESCE(t.escrow, 0), COALESCE(t.discounts, 0), COALESCE(t.commission, 0), COALESCE(t.fee_tax, 0),
                  COALESCE(t.creator, 0), COALESCE(t.reserve, 0), COALESCE(t.payable, 0))
       OR (r.escrow_minor, r.discounts_minor, r.commission_minor, r.fee_tax_minor, r.creator_minor, r.reserve_minor,
           r.duties_minor)
              <> (COALESCE(m.escrow, 0), COALESCE(m.discounts, 0), COALESCE(m.commission, 0), COALESCE(m.fee_tax, 0),
                  COALESCE(m.creator, 0), COALESCE(m.reserve, 0), COALESCE(m.duties, 0))
    UNION ALL
    SELECT format('order %s moved and was not released', m.order_id), COALESCE(m.escrow, 0)
    FROM moved AS m
    WHERE NOT EXISTS (SELECT FROM settlement_release AS r WHERE r.lane = m.lane AND r.order_id = m.order_id)
    UNION ALL
    SELECT format('a line of order %s that was not released', t.order_id), t.payable
    FROM told AS t
    WHERE NOT EXISTS (SELECT FROM settlement_release AS r WHERE r.lane = t.lane AND r.order_id = t.order_id)
    UNION ALL
    SELECT format('order %s was read as completed, and is neither due nor released', e.subject_id), 0
    FROM kernel_outbox AS e
    JOIN kernel_outboxcursor AS c ON c.consumer = 'settlement' AND c.writer_id = e.writer_id AND c.seq >= e.seq
    WHERE e.kind = 7
      AND NOT EXISTS (
          SELECT FROM settlement_release AS r
          WHERE r.lane = ((e.subject_id >> 12) & 1023)::smallint AND r.order_id = e.subject_id
      )
      AND NOT EXISTS (
          SELECT FROM settlement_due AS d
          WHERE d.lane = ((e.subject_id >> 12) & 1023)::smallint AND d.order_id = e.subject_id
      )
    UNION ALL
    SELECT format('order %s is due and %s', d.order_id,
                  CASE WHEN o.id IS NULL THEN 'not completed' ELSE 'released' END), 0
    FROM settlement_due AS d
    LEFT JOIN orders_order AS o ON o.lane = d.lane AND o.id = d.order_id AND o.state = 5
    WHERE o.id IS NULL
       OR EXISTS (SELECT FROM settlement_release AS r WHERE r.lane = d.lane AND r.order_id = d.order_id)
)
SELECT (SELECT count(*) FROM settlement_release), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
