-- Read what keeps these shoppers from being erased: money in a wallet, and orders that may be refunded into one.
-- Locks: nothing. One statement, so that money that goes from the one to the other meanwhile is seen in one of them.
-- The read table leads to purchases, and the outbox to those that it does not have yet.
WITH money AS (
    SELECT a.currency, a.credits_posted_minor - a.debits_posted_minor AS amount_minor
    FROM unnest(%(wallet_lanes)s::smallint[], %(wallets)s::varchar[]) AS w (lane, address)
    JOIN ledger_account AS a ON a.lane = w.lane AND a.address = w.address
    WHERE a.credits_posted_minor <> a.debits_posted_minor OR a.debits_pending_minor > 0 OR a.credits_pending_minor > 0
    LIMIT 1
), theirs AS (
    SELECT t.purchase_id
    FROM unnest(%(shopper_ids)s::bigint[]) AS w (shopper_id)
    JOIN orders_shopperpurchase AS t ON t.lane = ((w.shopper_id >> 12) & 1023)::smallint AND t.shopper_id = w.shopper_id
    UNION
    SELECT e.subject_id
    FROM kernel_writer AS w
    LEFT JOIN kernel_outboxcursor AS c ON c.consumer = %(consumer)s AND c.writer_id = w.id
    CROSS JOIN LATERAL (
        SELECT x.kind, x.subject_id
        FROM kernel_outbox AS x
        WHERE x.writer_id = w.id AND x.seq > COALESCE(c.seq, 0)
        ORDER BY x.seq DESC
        LIMIT %(untold_max)s
    ) AS e
    WHERE e.kind = %(placed)s
), orders AS (
    SELECT o.lane, o.id, o.state
    FROM theirs AS k
    JOIN orders_purchase AS p ON p.lane = ((k.purchase_id >> 12) & 1023)::smallint AND p.id = k.purchase_id
    CROSS JOIN LATERAL unnest(p.order_ids) AS x (order_id)
    JOIN orders_order AS o ON o.lane = ((x.order_id >> 12) & 1023)::smallint AND o.id = x.order_id
    WHERE p.shopper_id = ANY(%(shopper_ids)s::bigint[])
)
SELECT (SELECT currency FROM money), (SELECT amount_minor FROM money),
       EXISTS (SELECT FROM orders WHERE state = ANY(%(waiting)s)),
       EXISTS (SELECT FROM orders AS o
               JOIN fulfilment_withdrawal AS w ON w.lane = o.lane AND w.order_id = o.id AND w.settled_at IS NULL)
