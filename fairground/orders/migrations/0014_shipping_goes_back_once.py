"""INV-37 in the database: shipping goes back whole, once, and with the last units of its order.

Line 0 of refunds is the shipping. What holds of lines (INV-25, INV-31) is asked of lines alone.
"""

from django.db import migrations

# The order's row is locked, so that of two transactions the second one sees the first one's rows. The refunds of its
# lines come before that of its shipping, also within one COPY.
WHOLE = """
CREATE FUNCTION inv_37_shipping_back_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sent record;
    kept bigint;
BEGIN
    SELECT o.shipping_minor, o.shipping_tax_minor, l.tax_included, (
               SELECT COALESCE(sum(d.amount_minor), 0)
               FROM orders_linediscount AS d
               WHERE d.lane = o.lane AND d.order_id = o.id AND d.line_no = 0
           ) AS discount_minor
    INTO sent
    FROM orders_order AS o
    JOIN orders_orderline AS l ON l.lane = o.lane AND l.order_id = o.id AND l.line_no = 1
    WHERE o.lane = NEW.lane AND o.id = NEW.order_id AND o.paid_at IS NOT NULL
    FOR UPDATE OF o;
    SELECT sum(l.quantity) - COALESCE((
               SELECT sum(r.units) FROM orders_refund AS r
               WHERE r.lane = NEW.lane AND r.order_id = NEW.order_id AND r.line_no > 0
           ), 0)
    INTO kept
    FROM orders_orderline AS l
    WHERE l.lane = NEW.lane AND l.order_id = NEW.order_id;
    IF (kept = 0 AND NEW.goods_minor = sent.shipping_minor + sent.discount_minor AND NEW.goods_minor > 0
        AND NEW.discount_minor = sent.discount_minor AND NEW.tax_minor = sent.shipping_tax_minor
        AND NEW.tax_included = sent.tax_included) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'INV-37: % of the shipping of order % went back, of %, with % units kept', NEW.paid_minor,
            NEW.order_id, sent.shipping_minor, kept
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_37_shipping_back_whole';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER inv_25_refund_within_line ON orders_refund;
CREATE TRIGGER inv_25_refund_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.line_no <> 0) EXECUTE FUNCTION inv_25_refund_within_line();
DROP TRIGGER inv_31_units_within_line ON orders_refund;
CREATE TRIGGER inv_31_units_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.line_no <> 0) EXECUTE FUNCTION inv_31_units_within_line();
CREATE TRIGGER inv_37_shipping_back_whole BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.line_no = 0) EXECUTE FUNCTION inv_37_shipping_back_whole();
"""
UNDO = """
DROP TRIGGER inv_37_shipping_back_whole ON orders_refund;
DROP TRIGGER inv_31_units_within_line ON orders_refund;
CREATE TRIGGER inv_31_units_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW EXECUTE FUNCTION inv_31_units_within_line();
DROP TRIGGER inv_25_refund_within_line ON orders_refund;
CREATE TRIGGER inv_25_refund_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW EXECUTE FUNCTION inv_25_refund_within_line();
DROP FUNCTION inv_37_shipping_back_whole();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_shipping")]
    operations = [migrations.RunSQL(WHOLE, UNDO)]
