-- Enter paid purchases of a festival into the draws that they fulfil the rule of, each once, up to a shopper's limit.
-- Locks: nothing that is there; the caller holds the draws, so that nobody else enters them meanwhile.
-- A guest that went into another shopper enters as that one. Entry kind 1 is a purchase, state 2 is paid.
INSERT INTO draws_entry (lane, draw_id, shopper_id, kind, ref, nth, nth_max, market, at)
SELECT new.lane, new.draw_id, new.shopper_id, 1, new.purchase_id, new.before + new.nth, new.entries_max, new.market,
       new.paid_at
FROM (
    SELECT s.lane, d.id AS draw_id, s.id AS shopper_id, p.id AS purchase_id, p.market, p.paid_at, d.entries_max,
           row_number() OVER (PARTITION BY d.id, s.id ORDER BY p.paid_at, p.id) AS nth,
           (SELECT count(*) FROM draws_entry AS e
            WHERE e.lane = s.lane AND e.draw_id = d.id AND e.shopper_id = s.id) AS before
    FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) AS w (lane, id)
    JOIN orders_purchase AS p ON p.lane = w.lane AND p.id = w.id AND p.state = 2
    JOIN identity_shopper AS b ON b.id = p.shopper_id
    JOIN identity_shopper AS s ON s.id = COALESCE(b.merged_into_id, b.id)
    JOIN draws_draw AS d ON d.id = ANY(%(draw_ids)s::bigint[])
    JOIN draws_prizepool AS o ON o.slug = d.pool_id
    WHERE s.verified AND s.blocked_at IS NULL AND s.erased_at IS NULL
      AND p.paid_at >= d.opens_at AND p.paid_at < d.closes_at
      AND p.market = ANY(d.markets)
      AND p.total_minor >= COALESCE((d.minimum_minor ->> p.market)::bigint, 0)
      AND EXISTS (
          SELECT FROM unnest(p.order_ids) AS x (order_id)
          JOIN orders_order AS r ON r.lane = ((x.order_id >> 12) & 1023)::smallint AND r.id = x.order_id
          WHERE r.festival_id = o.festival_id
      )
      AND NOT EXISTS (
          SELECT FROM draws_entry AS e
          WHERE e.lane = s.lane AND e.draw_id = d.id AND e.shopper_id = s.id AND e.kind = 1 AND e.ref = p.id
      )
) AS new
WHERE new.before + new.nth <= new.entries_max
