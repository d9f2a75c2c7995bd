-- Judge those sent away for load or an unknown outcome: whoever came again with the same key was decided.
-- Locks: nothing.
WITH judged AS (
    SELECT r.line_no, r.code, NOT r.retried
           OR EXISTS (SELECT FROM orders_purchasekey AS k WHERE k.key = r.key AND k.shopper_id = r.shopper_id)
           OR (r.key, r.shopper_id) IN (SELECT key, shopper_id FROM verify_acknowledged)
           OR (r.key, r.shopper_id) IN (SELECT key, shopper_id FROM verify_refusal WHERE judge <> 'later') AS holds
    FROM verify_refusal AS r
    WHERE r.judge = 'later'
), faults AS (
    SELECT format('line %s: %s, and its second try was never decided', line_no, code) AS what
    FROM judged
    WHERE holds IS NOT TRUE
)
SELECT (SELECT count(*) FROM judged), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
