-- Read what is left in these slices; a bound that is empty stays empty.
-- Locks: nothing; the turn keeps other batches out.
SELECT a.lane, a.promotion_id, a.market, a.taken_max - a.taken, a.amount_max_minor - a.amount_minor
FROM unnest(%(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(markets)s::varchar[]) AS w (lane, promotion_id, market)
JOIN promotions_allowance AS a
    ON a.lane = w.lane AND a.promotion_id = w.promotion_id AND a.market = w.market AND a.kind = %(kind)s
