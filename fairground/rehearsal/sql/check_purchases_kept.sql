-- Compare each acknowledged purchase with the books: it is there with the same number, total, currency and shopper.
-- Locks: nothing. The number is made again from the id and the random bits (Crockford's base 32, docs/http-order.md).
WITH faults AS (
    SELECT format('purchase %s, line %s: %s', a.purchase_id, a.line_no,
                  CASE WHEN p.id IS NULL THEN 'is not there'
                       ELSE format('said %s %s to %s as %s, holds %s %s for %s as %s', a.total_minor, a.currency,
                                   a.shopper_id, a.number, p.total_minor, p.currency, p.shopper_id, made.number)
                  END) AS what,
           a.purchase_id
    FROM verify_acknowledged AS a
    LEFT JOIN orders_purchase AS p ON p.lane = ((a.purchase_id >> 12) & 1023)::smallint AND p.id = a.purchase_id
    CROSS JOIN LATERAL (
        SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (bits & 31)::int, 1), '' ORDER BY place)
                   AS number
        FROM generate_series(0, 19) AS place, LATERAL (
            SELECT CASE WHEN place < 8 THEN ((((p.id >> 22) / 1000) << 6) | p.lane) >> (35 - 5 * place)
                        ELSE p.random_bits >> (95 - 5 * place) END AS bits
        ) AS letter
    ) AS made
    WHERE p.id IS NULL
       OR (p.total_minor, p.currency, p.shopper_id, made.number) <> (a.total_minor, a.currency, a.shopper_id, a.number)
)
SELECT (SELECT count(*) FROM verify_acknowledged), (SELECT count(*) FROM faults),
       (SELECT count(DISTINCT purchase_id) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
