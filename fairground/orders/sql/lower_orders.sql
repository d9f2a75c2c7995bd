-- Make orders of one line cost less: first the line, then the order; tax follows what is left.
-- Locks: the line's and the order's rows; the turn keeps other batches out, so their order does not matter.
WITH wanted AS (
    SELECT lane, id, cut_minor, tax_minor, tax_added_minor, total_minor
    FROM unnest(%(lanes)s::smallint[], %(ids)s::bigint[], %(cuts)s::bigint[], %(taxes)s::bigint[],
                %(taxes_added)s::bigint[], %(totals)s::bigint[])
         AS w (lane, id, cut_minor, tax_minor, tax_added_minor, total_minor)
), lines AS (
    UPDATE orders_orderline AS l
    SET discount_minor = l.discount_minor + w.cut_minor, tax_minor = w.tax_minor
    FROM wanted AS w
    WHERE l.lane = w.lane AND l.order_id = w.id AND l.line_no = 1
)
UPDATE orders_order AS o
SET discount_minor = o.discount_minor + w.cut_minor, tax_added_minor = w.tax_added_minor, total_minor = w.total_minor
FROM wanted AS w
WHERE o.lane = w.lane AND o.id = w.id AND o.state = 8
