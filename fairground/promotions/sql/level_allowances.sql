-- Move bounds between the slices of limits: what one gives another gets, so that their sum stays (INV-14 in the CHECK).
-- Locks: the allowance rows; the turn of all writers keeps batches out, so their order does not matter.
UPDATE promotions_allowance AS a
SET taken_max = a.taken_max + w.taken_max, amount_max_minor = a.amount_max_minor + w.amount_max_minor
FROM unnest(
    %(lanes)s::smallint[], %(promotion_ids)s::bigint[], %(markets)s::varchar[], %(kinds)s::smallint[],
    %(taken_max)s::int[], %(amount_max)s::bigint[]
) AS w (lane, promotion_id, market, kind, taken_max, amount_max_minor)
WHERE a.lane = w.lane AND a.promotion_id = w.promotion_id AND a.market = w.market AND a.kind = w.kind
