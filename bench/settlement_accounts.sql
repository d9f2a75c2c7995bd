-- Open the escrows of all merchants that history buys from, and where the money came from, a slice a lane.
-- Locks: nothing. The session setting history.begins_ms is when history begins; the ids are of the second before.
CREATE TABLE history_accounts AS
WITH wanted AS (
    SELECT DISTINCT lane, merchant_id, currency, format('merchant:%s:escrow:%s', merchant_id, currency) AS address, 1 AS kind
    FROM history_goods
    UNION ALL
    SELECT DISTINCT lane, NULL::bigint, currency, format('platform:funding:%s', currency), 2 FROM history_goods
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY lane ORDER BY address) - 1 AS no FROM wanted
), made AS (
    INSERT INTO ledger_account (lane, id, address, kind, currency)
    SELECT lane, ((current_setting('history.begins_ms')::bigint - 1000 - 1577836800000 + no / 4096) << 22)
               | (lane::bigint << 12) | (no % 4096), address, kind, currency
    FROM numbered
    RETURNING lane, id, address, currency
)
SELECT w.merchant_id, w.currency, e.id AS escrow_id, f.id AS funding_id
FROM wanted AS w
JOIN made AS e ON e.lane = w.lane AND e.address = w.address
JOIN made AS f ON f.lane = w.lane AND f.address = format('platform:funding:%s', w.currency)
WHERE w.merchant_id IS NOT NULL
