-- Add to (or, with negative numbers, give back from) what promotions gave in these slices (INV-14 in the CHECK).
-- Locks: the allowance rows; the turn keeps other batches out, so their order does not matter. No row: no limit.
UPDATE promotions_allowance AS a
SET taken = a.taken + w.taken, amount_minor = a.amount_minor + w.amount_minor
FROM unnest(
    %(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(markets)s::varchar[], %(taken)s::int[], %(amounts)s::bigint[]
) AS w (lane, promotion_id, market, taken, amount_minor)
WHERE a.lane = w.lane AND a.promotion_id = w.promotion_id AND a.market = w.market AND a.kind = %(kind)s
