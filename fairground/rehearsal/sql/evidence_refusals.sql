-- Sort refusals by who judges them, with the lines that were asked for; what can't be read stays unknown (NULL).
-- Locks: nothing that anybody else uses.
WITH reasons (judge, codes) AS (
    VALUES ('offer', '{unknown-market,country-not-served,wrong-currency,unknown-sku,unknown-deal,price-changed,
                       deal-not-open,deal-closed,shopper-not-verified,shopper-blocked,presale-alone}'::text[]),
           ('stock', '{sold-out}'),
           ('limit', '{buyer-limit-reached}'),
           ('payment', '{unknown-purchase,already-paid,purchase-ended,wrong-amount,insufficient-funds,
                         balance-not-open,balance-closed}'),
           ('mark', '{key-reused,bad-key,bad-body,token-forged,token-expired,token-of-other-purpose,pass-missing,
                      wrong-content-type,body-too-large,host-unknown,method-not-allowed,not-found}'),
           ('later', '{line-full,outcome-unknown,clock-unsteady,too-many-streams}')
), read AS (
    SELECT line_no, line, line -> 'request' AS request, regexp_replace(line ->> 'type', '^.*/', '') AS code
    FROM verify_line
    WHERE line IS NOT NULL
)
INSERT INTO verify_refusal
SELECT r.line_no,
       CASE WHEN r.code = 'wrong-currency' AND r.request ? 'purchase' THEN 'payment' ELSE reasons.judge END,
       r.code, r.line -> 'facts', r.request, r.line -> 'expect', COALESCE((r.line -> 'retried') = 'true', false),
       CASE WHEN pg_input_is_valid(r.request ->> 'shopper', 'bigint') THEN (r.request ->> 'shopper')::bigint END,
       CASE WHEN pg_input_is_valid(r.request ->> 'purchase', 'bigint') THEN (r.request ->> 'purchase')::bigint END,
       CASE WHEN pg_input_is_valid(r.request ->> 'key', 'uuid') THEN (r.request ->> 'key')::uuid END,
       to_timestamp((r.request ->> 'sent_at_ms')::double precision / 1000),
       COALESCE(to_timestamp((r.request ->> 'answered_at_ms')::double precision / 1000), 'infinity')
FROM read AS r
LEFT JOIN reasons ON r.code = ANY (reasons.codes);
INSERT INTO verify_asked
SELECT r.line_no,
       CASE WHEN pg_input_is_valid(a ->> 'sku', 'bigint') THEN (a ->> 'sku')::bigint END,
       CASE WHEN pg_input_is_valid(a ->> 'deal', 'bigint') THEN (a ->> 'deal')::bigint END,
       CASE WHEN pg_input_is_valid(a ->> 'quantity', 'bigint') THEN (a ->> 'quantity')::bigint END,
       CASE WHEN pg_input_is_valid(a ->> 'unit_price_minor', 'bigint') THEN (a ->> 'unit_price_minor')::bigint END
FROM verify_refusal AS r, jsonb_path_query(r.request, '$.lines[*]') AS a
WHERE r.judge IN ('offer', 'stock', 'limit');
CREATE INDEX ON verify_asked (line_no);
ANALYZE verify_refusal, verify_asked
