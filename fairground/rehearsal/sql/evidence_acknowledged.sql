-- Sort the lines into acknowledged purchases and acknowledged payments.
-- Locks: nothing that anybody else uses.
INSERT INTO verify_acknowledged
SELECT line_no, (line ->> 'purchase')::bigint, upper(replace(line ->> 'number', '-', '')),
       (line ->> 'total_minor')::bigint, line ->> 'currency', (line ->> 'shopper')::bigint, (line ->> 'key')::uuid
FROM verify_line
WHERE line ? 'purchase';
INSERT INTO verify_paid
SELECT line_no, (line ->> 'paid')::bigint, (line ->> 'amount_minor')::bigint, line ->> 'currency'
FROM verify_line
WHERE line ? 'paid';
ANALYZE verify_acknowledged, verify_paid
