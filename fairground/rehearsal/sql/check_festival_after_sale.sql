-- Compare parcels, receipts and cases with what whoever asked for them was told, and look for those of which nobody was.
-- Locks: nothing. Orders: 5 completed; cases: 6 refunded, 7 exchanged, 8 closed. Parcels without a number are not told of.
WITH parcels AS (
    SELECT * FROM unnest(%(order_ids)s::bigint[], %(numbers)s::text[]) AS t (order_id, number)
), confirmed AS (
    SELECT * FROM unnest(%(confirmed)s::bigint[]) AS t (order_id)
), cases AS (
    SELECT * FROM unnest(%(case_ids)s::bigint[], %(ends)s::text[]) AS t (id, word)
), faults AS (
    SELECT format('parcel %%s of order %%s: told %%s, found %%s', COALESCE(t.number, s.tracking_number),
                  COALESCE(t.order_id, s.order_id), t.order_id IS NOT NULL, s.order_id IS NOT NULL) AS what
    FROM parcels AS t
    FULL JOIN (SELECT * FROM fulfilment_shipment WHERE tracking_number <> '') AS s
      ON s.order_id = t.order_id AND s.tracking_number = t.number
    WHERE t.order_id IS NULL OR s.order_id IS NULL
    UNION ALL
    SELECT format('order %%s was confirmed to have come, and is in state %%s', t.order_id, o.state)
    FROM confirmed AS t
    LEFT JOIN orders_order AS o ON o.id = t.order_id
    WHERE o.state IS DISTINCT FROM 5
    UNION ALL
    SELECT format('case %%s was told to be %%s, is in state %%s', COALESCE(t.id, c.id), COALESCE(t.word, 'nothing'), c.state)
    FROM cases AS t
    FULL JOIN aftersales_case AS c ON c.id = t.id
    WHERE t.id IS NULL
       OR c.state IS DISTINCT FROM CASE t.word WHEN 'refunded' THEN 6 WHEN 'exchanged' THEN 7 WHEN 'closed' THEN 8 END
)
SELECT (SELECT count(*) FROM parcels) + (SELECT count(*) FROM confirmed) + (SELECT count(*) FROM cases),
       (SELECT count(*) FROM faults), (SELECT count(*) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
