"""INV-31 in the database: what cases hold of a line and what went back of it never exceed its units."""

from django.db import migrations

# The line's row is locked, so that of two transactions the second one sees the first one's rows.
WITHIN = """
CREATE FUNCTION inv_31_units_within_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sold int;
    gone bigint;
    held bigint;
BEGIN
    SELECT quantity INTO sold
    FROM orders_orderline
    WHERE lane = NEW.lane AND order_id = NEW.order_id AND line_no = NEW.line_no
    FOR UPDATE;
    SELECT COALESCE(sum(units), 0) INTO gone
    FROM orders_refund
    WHERE lane = NEW.lane AND order_id = NEW.order_id AND line_no = NEW.line_no;
    SELECT COALESCE(sum(units), 0) INTO held
    FROM orders_unitsheld
    WHERE lane = NEW.lane AND order_id = NEW.order_id AND line_no = NEW.line_no;
    IF TG_OP = 'UPDATE' THEN
        held := held - OLD.units;
    END IF;
    IF (gone + held + NEW.units <= sold) IS NOT TRUE THEN
        RAISE EXCEPTION 'INV-31: % units of line % of order % went back, cases hold %, and % more are more than %',
            gone, NEW.line_no, NEW.order_id, held, NEW.units, sold
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_31_units_within_line';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER inv_31_units_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW EXECUTE FUNCTION inv_31_units_within_line();
CREATE TRIGGER inv_31_units_within_line BEFORE INSERT OR UPDATE ON orders_unitsheld
    FOR EACH ROW EXECUTE FUNCTION inv_31_units_within_line();
"""
UNDO = """
DROP TRIGGER inv_31_units_within_line ON orders_unitsheld;
DROP TRIGGER inv_31_units_within_line ON orders_refund;
DROP FUNCTION inv_31_units_within_line();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_units_held")]
    operations = [migrations.RunSQL(WITHIN, UNDO)]
