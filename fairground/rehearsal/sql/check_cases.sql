-- Compare after-sale cases with the refunds that they paid, the units that they hold, and the stock set aside for them.
-- Locks: nothing. States of a case: 1 to 5 and 13 to 15 are open, 6 is refunded, 7 exchanged; 13 has others to send, 14
-- has sent them, 15 has lost them. The difference is the money of cases that no refund has.
WITH lines AS (
    SELECT k.id AS case_id, k.order_id, ((k.order_id >> 12) & 1023)::smallint AS lane, k.state, k.wish, c.line_no,
           c.units_asked, COALESCE(c.units_agreed, c.units_asked) AS units_due, c.units_paid, c.paid_minor,
           c.refund_nos, c.swap_sku_id, c.swap_stock_id, c.swap_reserved, c.swap_due, c.swap_given, c.swap_lost,
           k.state <= 5 OR k.state >= 13 AS is_open
    FROM aftersales_case AS k
    JOIN aftersales_caseline AS c ON c.case_id = k.id
), paid AS (
    SELECT l.case_id, l.line_no, count(r.refund_no) AS refunds, COALESCE(sum(r.units), 0) AS units,
           COALESCE(sum(r.paid_minor), 0) AS paid_minor
    FROM lines AS l
    CROSS JOIN LATERAL unnest(l.refund_nos) AS n (refund_no)
    LEFT JOIN orders_refund AS r ON r.lane = l.lane AND r.order_id = l.order_id AND r.line_no = l.line_no
         AND r.refund_no = n.refund_no
    GROUP BY l.case_id, l.line_no
), held AS (
    SELECT h.case_id, h.lane, h.order_id, h.line_no, h.units
    FROM orders_unitsheld AS h
), faults AS (
    SELECT format('case %s, line %s: %s units and %s by %s refunds, which are %s units and %s', l.case_id, l.line_no,
                  l.units_paid, l.paid_minor, cardinality(l.refund_nos), COALESCE(p.units, 0),
                  COALESCE(p.paid_minor, 0)) AS what,
           abs(l.paid_minor - COALESCE(p.paid_minor, 0)) AS off
    FROM lines AS l
    LEFT JOIN paid AS p USING (case_id, line_no)
    WHERE (l.units_paid, l.paid_minor, cardinality(l.refund_nos))
          <> (COALESCE(p.units, 0), COALESCE(p.paid_minor, 0), COALESCE(p.refunds, 0))
    UNION ALL
    SELECT format('refund %s of line %s of order %s is of %s cases', n.refund_no, l.line_no, l.order_id, count(*)), 0
    FROM lines AS l
    CROSS JOIN LATERAL unnest(l.refund_nos) AS n (refund_no)
    GROUP BY l.order_id, l.line_no, n.refund_no
    HAVING count(*) > 1
    UNION ALL
    SELECT format('case %s in state %s holds %s of line %s, it is about %s', COALESCE(l.case_id, h.case_id), l.state,
                  COALESCE(h.units, 0), COALESCE(l.line_no, h.line_no), l.units_due), 0
    FROM lines AS l
    FULL JOIN held AS h ON h.case_id = l.case_id AND h.lane = l.lane AND h.order_id = l.order_id
         AND h.line_no = l.line_no
    WHERE COALESCE(h.units, 0) IS DISTINCT FROM CASE WHEN l.is_open THEN l.units_due ELSE 0 END
    UNION ALL
    SELECT format('case %s in state %s: %s units paid, %s given for others, %s set aside, %s due, %s lost', l.case_id,
                  l.state, sum(units_paid), sum(swap_given), sum(swap_reserved), sum(swap_due), sum(swap_lost)), 0
    FROM lines AS l
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE r.end = 2) AS lost FROM aftersales_replacement AS r WHERE r.case_id = l.case_id
    ) AS r
    GROUP BY l.case_id, l.state, l.is_open
    HAVING (l.state = 6) <> (sum(units_paid) > 0) OR (l.state IN (7, 14)) <> (sum(swap_given) > 0)
        OR NOT (l.is_open AND l.state < 14) AND sum(swap_reserved) > 0
        OR l.state IN (7, 14) AND sum(swap_given) <> sum(swap_due)
        OR l.state = 13 AND (sum(swap_reserved) <> sum(swap_due) OR sum(swap_due) = 0)
        OR sum(swap_lost) <> sum(swap_due) * max(r.lost)
    UNION ALL
    SELECT format('case %s in state %s: its replacements are %s', k.id, k.state, r.ends), 0
    FROM aftersales_case AS k
    CROSS JOIN LATERAL (
        SELECT COALESCE(array_agg(CASE WHEN o.end IS NOT NULL THEN o.end
                                       WHEN o.sent_at IS NOT NULL THEN 4 ELSE 5 END ORDER BY o.number), '{}') AS ends
        FROM aftersales_replacement AS o
        WHERE o.case_id = k.id
    ) AS r
    -- All but the last one were lost, and the last one is what the state says: 4 has left, 5 has not.
    WHERE 2 <> ANY (r.ends[:cardinality(r.ends) - 1])
       OR CASE k.state WHEN 7 THEN 1 WHEN 13 THEN 5 WHEN 14 THEN 4 WHEN 15 THEN 2 ELSE 0 END
          <> CASE WHEN k.state = 6 AND r.ends[cardinality(r.ends)] IN (2, 3) THEN 0
                  ELSE COALESCE(r.ends[cardinality(r.ends)], 0) END
    UNION ALL
    SELECT format('case %s: what it sets aside in stock %s is not its SKU %s', l.case_id, l.swap_stock_id,
                  l.swap_sku_id), 0
    FROM lines AS l
    LEFT JOIN inventory_stock AS s ON s.lane = ((l.swap_stock_id >> 12) & 1023)::smallint AND s.id = l.swap_stock_id
    WHERE l.swap_stock_id IS NOT NULL AND (s.sku_id = l.swap_sku_id AND s.deal_id IS NULL) IS NOT TRUE
    UNION ALL
    SELECT format('case %s of order %s, which is not its shopper''s and merchant''s', k.id, k.order_id), 0
    FROM aftersales_case AS k
    LEFT JOIN orders_order AS o ON o.lane = ((k.order_id >> 12) & 1023)::smallint AND o.id = k.order_id
    WHERE (o.purchase_id = k.purchase_id AND o.shopper_id = k.shopper_id AND o.merchant_id = k.merchant_id
           AND (k.id >> 12) & 1023 = o.lane AND o.paid_at IS NOT NULL) IS NOT TRUE
    UNION ALL
    SELECT format('case %s has days %s', k.id, k.days), 0
    FROM aftersales_case AS k
    WHERE (SELECT count(*) FROM jsonb_each_text(k.days) AS d
           WHERE d.key IN ('answer', 'send', 'receipt', 'escalate', 'decide', 'replace', 'arrive', 'claim')
             AND CASE WHEN d.value ~ '^[0-9]{1,4}$' THEN d.value::integer ELSE 0 END BETWEEN 1 AND CASE d.key WHEN 'claim' THEN 3660 ELSE 366 END) <> 8
    UNION ALL
    SELECT format('market %s has days of cases and is none', d.market), 0
    FROM aftersales_marketdays AS d
    WHERE NOT EXISTS (SELECT FROM markets_market AS m WHERE m.code = d.market)
    UNION ALL
    SELECT format('case %s: nothing tells how it came into state %s', k.id, k.state), 0
    FROM aftersales_case AS k
    WHERE NOT EXISTS (SELECT FROM aftersales_caseevent AS e WHERE e.case_id = k.id AND e.kind = k.state)
)
SELECT (SELECT count(*) FROM aftersales_case), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults ORDER BY off DESC LIMIT 5)
