"""INV-25 in the database: no line is refunded beyond its units nor beyond what was paid; a refund never changes.

Orders that were cancelled before get the rows that they would have today.
"""

from django.db import migrations

# The line's row is locked, so that of two transactions the second one sees the first one's rows.
WITHIN = """
CREATE FUNCTION inv_25_refund_within_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line record;
    gone record;
BEGIN
    SELECT l.quantity, l.goods_minor, l.discount_minor, l.tax_minor, l.tax_included,
           l.goods_minor - l.discount_minor + CASE WHEN l.tax_included THEN 0 ELSE l.tax_minor END AS paid_minor
    INTO line
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    WHERE l.lane = NEW.lane AND l.order_id = NEW.order_id AND l.line_no = NEW.line_no AND o.paid_at IS NOT NULL
    FOR UPDATE OF l;
    SELECT NEW.units + COALESCE(sum(units), 0) AS units, NEW.goods_minor + COALESCE(sum(goods_minor), 0) AS goods_minor,
           NEW.discount_minor + COALESCE(sum(discount_minor), 0) AS discount_minor,
           NEW.ahead_minor + COALESCE(sum(ahead_minor), 0) AS ahead_minor,
           NEW.tax_minor + COALESCE(sum(tax_minor), 0) AS tax_minor,
           NEW.paid_minor + COALESCE(sum(paid_minor), 0) AS paid_minor
    INTO gone
    FROM orders_refund
    WHERE lane = NEW.lane AND order_id = NEW.order_id AND line_no = NEW.line_no;
    IF (gone.units <= line.quantity AND gone.goods_minor <= line.goods_minor AND gone.ahead_minor <= 0
        AND gone.discount_minor <= line.discount_minor AND gone.tax_minor <= line.tax_minor
        AND gone.paid_minor <= line.paid_minor AND NEW.tax_included = line.tax_included) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'INV-25: % units and % minor units of line % of order % went back, of % and %', gone.units,
            gone.paid_minor, NEW.line_no, NEW.order_id, line.quantity, line.paid_minor
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_25_refund_within_line';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inv_25_refund_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW EXECUTE FUNCTION inv_25_refund_within_line();
CREATE FUNCTION inv_25_refunds_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-25: % is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER inv_25_never_changes BEFORE UPDATE OR DELETE ON orders_refund
    FOR EACH ROW EXECUTE FUNCTION inv_25_refunds_never_change();
CREATE TRIGGER inv_25_never_changes BEFORE UPDATE OR DELETE ON orders_refunddiscount
    FOR EACH ROW EXECUTE FUNCTION inv_25_refunds_never_change();
"""
UNDO = """
DROP TRIGGER inv_25_never_changes ON orders_refunddiscount;
DROP TRIGGER inv_25_never_changes ON orders_refund;
DROP TRIGGER inv_25_refund_within_line ON orders_refund;
DROP FUNCTION inv_25_refunds_never_change(), inv_25_refund_within_line();
"""
# State 7 is cancelled, reason 1 too.
CANCELLED_BEFORE = """
INSERT INTO orders_refund (lane, order_id, line_no, refund_no, reason, units, goods_minor, discount_minor, ahead_minor,
                           tax_minor, tax_included, paid_minor, restocked, at)
SELECT l.lane, l.order_id, l.line_no, 1, 1, l.quantity, l.goods_minor, l.discount_minor, 0, l.tax_minor, l.tax_included,
       l.goods_minor - l.discount_minor + CASE WHEN l.tax_included THEN 0 ELSE l.tax_minor END, true, o.ended_at
FROM orders_order AS o
JOIN orders_orderline AS l ON l.lane = o.lane AND l.order_id = o.id
WHERE o.state = 7 AND o.paid_at IS NOT NULL;
INSERT INTO orders_refunddiscount (lane, order_id, line_no, refund_no, step, source, funder, amount_minor)
SELECT d.lane, d.order_id, d.line_no, 1, d.step, d.source, d.funder, d.amount_minor
FROM orders_order AS o
JOIN orders_linediscount AS d ON d.lane = o.lane AND d.order_id = o.id
WHERE o.state = 7 AND o.paid_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_refunds")]
    operations = [
        migrations.RunSQL(WITHIN, UNDO),
        migrations.RunSQL(CANCELLED_BEFORE, migrations.RunSQL.noop),
    ]
