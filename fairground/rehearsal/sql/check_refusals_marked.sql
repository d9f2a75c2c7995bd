-- Judge refusals of what was sent wrong on purpose: this reason was expected, and a key used again was used before.
-- Locks: nothing. `expect` is a reason or a list of them.
WITH judged AS (
    SELECT r.line_no, r.code, r.expect,
           COALESCE(r.expect ? r.code, false) AND (r.code <> 'key-reused' OR EXISTS (
               SELECT FROM orders_purchasekey AS k WHERE k.key = r.key AND k.shopper_id = r.shopper_id)) AS holds
    FROM verify_refusal AS r
    WHERE r.judge = 'mark'
), faults AS (
    SELECT format('line %s: %s, expected %s', line_no, code, COALESCE(expect::text, 'no refusal')) AS what
    FROM judged
    WHERE NOT holds
)
SELECT (SELECT count(*) FROM judged), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
