-- Read all that is kept on the cases of some shoppers, a row a case with what belongs to it in arrays, the oldest first.
-- Locks: nothing. Few orders have a case, and a case has few lines and words.
SELECT p.id, p.random_bits, array_position(p.order_ids, c.order_id), c.case_no, c.reason, c.wish, c.state, c.opened_at,
       c.closed_at, c.tracking, lines.titles, lines.units, lines.paid_minor, lines.given, said.at, said.who, said.texts,
       happened.at, happened.kinds, given.carriers, given.numbers, given.sent_at, b.carrier, b.tracking_number,
       (SELECT count(*) FROM aftersales_caseevidence AS e WHERE e.case_id = c.id),
       c.language
FROM aftersales_case AS c
JOIN orders_purchase AS p ON p.lane = ((c.purchase_id >> 12) & 1023) AND p.id = c.purchase_id
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(COALESCE(o.title, '') ORDER BY l.line_no), '{}') AS titles,
           COALESCE(array_agg(l.units_asked ORDER BY l.line_no), '{}') AS units,
           COALESCE(array_agg(l.paid_minor ORDER BY l.line_no), '{}') AS paid_minor,
           COALESCE(array_agg(l.swap_given ORDER BY l.line_no), '{}') AS given
    FROM aftersales_caseline AS l
    LEFT JOIN orders_orderline AS o
           ON o.lane = ((c.order_id >> 12) & 1023) AND o.order_id = c.order_id AND o.line_no = l.line_no
    WHERE l.case_id = c.id
) AS lines
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(m.at ORDER BY m.at, m.id), '{}') AS at,
           COALESCE(array_agg(m.who ORDER BY m.at, m.id), '{}') AS who,
           COALESCE(array_agg(m.text ORDER BY m.at, m.id), '{}') AS texts
    FROM aftersales_casemessage AS m
    WHERE m.case_id = c.id
) AS said
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(v.at ORDER BY v.at, v.id), '{}') AS at,
           COALESCE(array_agg(v.kind ORDER BY v.at, v.id), '{}') AS kinds
    FROM aftersales_caseevent AS v
    WHERE v.case_id = c.id
) AS happened
CROSS JOIN LATERAL (
    SELECT COALESCE(array_agg(g.carrier ORDER BY g.number), '{}') AS carriers,
           COALESCE(array_agg(g.tracking_number ORDER BY g.number), '{}') AS numbers,
           COALESCE(array_agg(g.sent_at ORDER BY g.number), '{}') AS sent_at
    FROM aftersales_replacement AS g
    WHERE g.case_id = c.id
) AS given
LEFT JOIN aftersales_caselabel AS b ON b.case_id = c.id
WHERE c.shopper_id = ANY (%(shopper_ids)s)
ORDER BY c.id
