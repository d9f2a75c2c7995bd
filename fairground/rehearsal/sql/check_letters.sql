-- Compare what merchants and shoppers are told with what happened: each letter is about something of its reader's.
-- Locks: nothing. Readers: 1 merchants, 2 shoppers. Matters: 1 cases, 2 withdrawals, 3 payouts, 4 holds. What happened
-- before the first letter was told to nobody. Merchants are told of what others did (2 are they), and of what they have
-- to send (13) whoever agreed; goods received (11) and sold out (12) with the state that follows. The difference counts
-- letters and events.
WITH faults AS (
    SELECT format('letter %s on case %s to reader %s %s, whose case it is not', l.id, l.subject_id, l.reader,
                  l.reader_id) AS what
    FROM letters_letter AS l
    LEFT JOIN aftersales_case AS k ON k.id = l.subject_id
    LEFT JOIN orders_order AS o ON o.lane = ((k.order_id >> 12) & 1023)::smallint AND o.id = k.order_id
    WHERE l.matter = 1
      AND (CASE l.reader WHEN 1 THEN o.merchant_id ELSE o.shopper_id END = l.reader_id) IS NOT TRUE
    UNION ALL
    SELECT format('letter %s on event %s of case %s, which it has not', l.id, l.event_id, l.subject_id)
    FROM letters_letter AS l
    WHERE l.matter = 1 AND l.news = 1
      AND NOT EXISTS (SELECT FROM aftersales_caseevent AS e WHERE e.id = l.event_id AND e.case_id = l.subject_id)
    UNION ALL
    SELECT format('letter %s on a withdrawal from order %s to %s, whose it is not', l.id, l.subject_id, l.reader_id)
    FROM letters_letter AS l
    LEFT JOIN orders_order AS o ON o.lane = ((l.subject_id >> 12) & 1023)::smallint AND o.id = l.subject_id
    WHERE l.matter = 2
      AND (CASE l.reader WHEN 1 THEN o.merchant_id ELSE o.shopper_id END = l.reader_id
           AND EXISTS (SELECT FROM fulfilment_withdrawal AS w WHERE w.lane = o.lane AND w.order_id = o.id)) IS NOT TRUE
    UNION ALL
    SELECT format('letter %s on payout %s to merchant %s, whose it is not', l.id, l.subject_id, l.reader_id)
    FROM letters_letter AS l
    LEFT JOIN settlement_payout AS p ON p.id = l.subject_id
    WHERE l.matter = 3 AND (p.merchant_id = l.reader_id) IS NOT TRUE
    UNION ALL
    SELECT format('letter %s on a hold of merchant %s to merchant %s', l.id, l.subject_id, l.reader_id)
    FROM letters_letter AS l
    LEFT JOIN merchants_merchant AS m ON m.id = l.reader_id
    WHERE l.matter = 4 AND (m.id = l.subject_id) IS NOT TRUE
    UNION ALL
    SELECT format('%s letters tell reader %s %s of event %s of %s %s', count(*), reader, reader_id, event_id, matter,
                  subject_id)
    FROM letters_letter
    GROUP BY reader, reader_id, matter, subject_id, news, event_id
    HAVING count(*) > 1
    UNION ALL
    SELECT format('event %s of case %s was told to nobody', e.id, e.case_id)
    FROM aftersales_caseevent AS e
    WHERE (e.who <> 2 OR e.kind = 13) AND e.kind NOT IN (11, 12) AND e.at >= (SELECT min(at) FROM letters_letter)
      AND NOT EXISTS (SELECT FROM letters_letter AS l
                      WHERE l.matter = 1 AND l.subject_id = e.case_id AND l.news = 1 AND l.event_id = e.id
                        AND l.reader = 1)
)
SELECT (SELECT count(*) FROM letters_letter), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
