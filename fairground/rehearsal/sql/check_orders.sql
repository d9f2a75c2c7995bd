-- Add up each order: its sums are those of its lines, which are numbered from 1 without a gap, and make its total.
-- Locks: nothing. The tax on shipping is added where that on goods is; duties come with theirs.
WITH sums AS (
    SELECT lane, order_id, count(*) AS lines, min(line_no) AS first_no, max(line_no) AS last_no,
           sum(goods_minor) AS goods_minor, sum(discount_minor) AS discount_minor,
           COALESCE(sum(tax_minor) FILTER (WHERE NOT tax_included), 0) AS tax_added_minor,
           bool_or(NOT tax_included) AS adds_tax
    FROM orders_orderline
    GROUP BY lane, order_id
), faults AS (
    SELECT format('order %s: total %s = %s - %s + %s + %s + %s, its %s lines say %s, %s and %s', o.id,
                  o.total_minor, o.goods_minor, o.discount_minor, o.shipping_minor, o.tax_added_minor, o.duties_minor,
                  COALESCE(s.lines, 0), s.goods_minor, s.discount_minor, s.tax_added_minor) AS what,
           abs(o.total_minor - o.duties_minor - o.shipping_minor
               - CASE WHEN s.adds_tax THEN o.shipping_tax_minor ELSE 0 END
               - COALESCE(s.goods_minor - s.discount_minor + s.tax_added_minor, 0)) AS off
    FROM orders_order AS o
    LEFT JOIN sums AS s ON s.lane = o.lane AND s.order_id = o.id
    WHERE s.lines IS NULL OR (s.first_no, s.last_no) <> (1, s.lines)
       OR (o.goods_minor, o.discount_minor, o.tax_added_minor)
              <> (s.goods_minor, s.discount_minor,
                  s.tax_added_minor + CASE WHEN s.adds_tax THEN o.shipping_tax_minor ELSE 0 END)
       OR o.total_minor <> o.goods_minor - o.discount_minor + o.shipping_minor + o.tax_added_minor + o.duties_minor
)
SELECT (SELECT count(*) FROM orders_order), (SELECT count(*) FROM faults),
       (SELECT COALESCE(sum(off), 0) FROM faults), ARRAY(SELECT what FROM faults LIMIT 5)
