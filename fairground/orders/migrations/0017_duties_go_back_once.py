"""INV-40 in the database: a duty goes back whole, once, and with the last units that it was asked for.

Line -n of refunds is the order's duty n. What holds of lines (INV-25, INV-31) is asked of lines alone.
"""

from django.db import migrations

# The order's row is locked, so that of two transactions the second one sees the first one's rows. The refunds of its
# lines come before those of its duties, also within one COPY.
WHOLE = """
CREATE FUNCTION inv_40_duty_back_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked orders_orderduty;
    kept bigint;
BEGIN
    PERFORM FROM orders_order AS o
    WHERE o.lane = NEW.lane AND o.id = NEW.order_id AND o.paid_at IS NOT NULL
    FOR UPDATE;
    IF FOUND THEN
        SELECT d.* INTO asked
        FROM orders_orderduty AS d
        WHERE d.lane = NEW.lane AND d.order_id = NEW.order_id AND d.duty_no = -NEW.line_no;
        SELECT sum(l.quantity) - COALESCE(sum((
                   SELECT sum(r.units) FROM orders_refund AS r
                   WHERE r.lane = l.lane AND r.order_id = l.order_id AND r.line_no = l.line_no
               )), 0)
        INTO kept
        FROM orders_orderline AS l
        WHERE l.lane = NEW.lane AND l.order_id = NEW.order_id AND l.place_id = asked.place_id
              AND left(l.hs_code, 6) = asked.heading;
    END IF;
    IF (kept = 0 AND NEW.goods_minor = asked.duty_minor AND NEW.tax_minor = asked.tax_minor) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'INV-40: % of duty % of order % went back, with % units kept', NEW.paid_minor, -NEW.line_no,
            NEW.order_id, kept
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_40_duty_back_whole';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER inv_25_refund_within_line ON orders_refund;
CREATE TRIGGER inv_25_refund_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.line_no > 0) EXECUTE FUNCTION inv_25_refund_within_line();
DROP TRIGGER inv_31_units_within_line ON orders_refund;
CREATE TRIGGER inv_31_units_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.line_no > 0) EXECUTE FUNCTION inv_31_units_within_line();
CREATE TRIGGER inv_40_duty_back_whole BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.line_no < 0) EXECUTE FUNCTION inv_40_duty_back_whole();
"""
UNDO = """
DROP TRIGGER inv_40_duty_back_whole ON orders_refund;
DROP TRIGGER inv_31_units_within_line ON orders_refund;
CREATE TRIGGER inv_31_units_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.line_no <> 0) EXECUTE FUNCTION inv_31_units_within_line();
DROP TRIGGER inv_25_refund_within_line ON orders_refund;
CREATE TRIGGER inv_25_refund_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.line_no <> 0) EXECUTE FUNCTION inv_25_refund_within_line();
DROP FUNCTION inv_40_duty_back_whole();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0016_duties")]
    operations = [migrations.RunSQL(WHOLE, UNDO)]
