-- Judge "buyer limit reached": with what the shopper can have had, the units asked for are more than one may have.
-- Locks: nothing. Margins as in check_refusals_stock.sql.
WITH refused AS (
    SELECT r.line_no, r.shopper_id, d.id AS deal_id, d.buyer_limit, (r.facts ->> 'limit')::bigint AS said_limit,
           (r.facts ->> 'had')::bigint AS said_had, (r.facts ->> 'asked')::bigint AS asked, r.sent_at, r.answered_at
    FROM verify_refusal AS r
    LEFT JOIN verify_asked AS a ON a.line_no = r.line_no AND a.deal_id::text = r.facts ->> 'deal_id'
         AND a.quantity::text = r.facts ->> 'asked'
    LEFT JOIN festivals_deal AS d ON d.id = a.deal_id AND d.sku_id = a.sku_id
    WHERE r.judge = 'limit'
), held AS (
    SELECT l.deal_id, o.shopper_id, l.quantity, o.placed_at, CASE WHEN o.state IN (6, 7) THEN o.ended_at END AS back_at
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    WHERE l.deal_id IN (SELECT deal_id FROM refused)
), judged AS (
    SELECT f.line_no, f.buyer_limit, f.said_limit, f.said_had, f.asked, COALESCE(sum(h.quantity), 0) AS had_at_most
    FROM refused AS f
    LEFT JOIN held AS h ON h.deal_id = f.deal_id AND h.shopper_id = f.shopper_id
         AND h.placed_at <= f.answered_at + interval '100 ms'
         AND (h.back_at IS NULL OR h.back_at > f.sent_at - interval '1 minute')
    GROUP BY f.line_no, f.buyer_limit, f.said_limit, f.said_had, f.asked
), faults AS (
    SELECT format('line %s: said %s had and %s asked of at most %s, but had at most %s of %s', line_no, said_had, asked,
                  said_limit, had_at_most, buyer_limit) AS what
    FROM judged
    WHERE (said_limit = buyer_limit AND said_had + asked > buyer_limit AND said_had <= had_at_most) IS NOT TRUE
)
SELECT (SELECT count(*) FROM judged), (SELECT count(*) FROM faults), (SELECT count(*) FROM faults),
       ARRAY(SELECT what FROM faults LIMIT 5)
