-- Read the newest purchases of some shoppers, each with its orders' states and its first lines as JSON.
-- Locks: nothing. The read table leads to them, and the outbox to those that it does not have yet.
WITH told AS (
    SELECT r.purchase_id
    FROM unnest(%(shopper_ids)s::bigint[]) AS w (shopper_id)
    CROSS JOIN LATERAL (
        SELECT t.purchase_id
        FROM orders_shopperpurchase AS t
        WHERE t.lane = ((w.shopper_id >> 12) & 1023)::smallint AND t.shopper_id = w.shopper_id
          AND t.purchase_id < %(before_id)s
        ORDER BY t.purchase_id DESC
        LIMIT %(limit)s
    ) AS r
), untold AS (
    SELECT e.subject_id AS purchase_id
    FROM kernel_writer AS w
    LEFT JOIN kernel_outboxcursor AS c ON c.consumer = %(consumer)s AND c.writer_id = w.id
    CROSS JOIN LATERAL (
        SELECT x.kind, x.subject_id
        FROM kernel_outbox AS x
        WHERE x.writer_id = w.id AND x.seq > COALESCE(c.seq, 0)
        ORDER BY x.seq DESC
        LIMIT %(untold_max)s
    ) AS e
    WHERE e.kind = %(placed)s AND e.subject_id < %(before_id)s
), newest AS (
    SELECT p.*
    FROM (SELECT purchase_id FROM told UNION SELECT purchase_id FROM untold) AS k
    -- One look into the primary key each; without the OFFSET the planner, who expects all of untold, reads the table.
    CROSS JOIN LATERAL (
        SELECT *
        FROM orders_purchase AS i
        WHERE i.lane = ((k.purchase_id >> 12) & 1023)::smallint AND i.id = k.purchase_id
        OFFSET 0
    ) AS p
    WHERE p.shopper_id = ANY(%(shopper_ids)s::bigint[])
    ORDER BY p.id DESC
    LIMIT %(limit)s
)
SELECT p.id, p.random_bits, p.market, p.currency, p.total_minor, p.state, p.placed_at, p.pay_before, p.paid_at,
       o.states, l.count, l.first, p.deposit_minor, p.deposit_mode, p.balance_opens_at, p.balance_closes_at, p.deposited_at,
       p.deposit_end, p.balance_minor
FROM newest AS p
CROSS JOIN LATERAL (
    SELECT array_agg(i.state ORDER BY x.position) AS states
    FROM unnest(p.order_ids) WITH ORDINALITY AS x (order_id, position)
    JOIN orders_order AS i ON i.lane = ((x.order_id >> 12) & 1023)::smallint AND i.id = x.order_id
) AS o
CROSS JOIN LATERAL (
    SELECT count(*) AS count,
           jsonb_agg(jsonb_build_array(n.title, n.quantity, g.id, g.brand_id, g.category_id) ORDER BY n.number)
               FILTER (WHERE n.number <= %(lines_max)s) AS first
    FROM (
        SELECT i.title, i.quantity, i.sku_id, row_number() OVER (ORDER BY x.position, i.line_no) AS number
        FROM unnest(p.order_ids) WITH ORDINALITY AS x (order_id, position)
        JOIN orders_orderline AS i ON i.lane = ((x.order_id >> 12) & 1023)::smallint AND i.order_id = x.order_id
    ) AS n
    LEFT JOIN catalog_sku AS s ON n.number <= %(lines_max)s AND s.id = n.sku_id
    LEFT JOIN catalog_product AS g ON g.id = s.product_id
) AS l
ORDER BY p.id DESC
