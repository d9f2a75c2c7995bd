"""INV-32 counts beside the parcels what went back before the order left; what came back out of a parcel is in both."""

from django.db import migrations

# A refund that ends an order's packing has the moment of its shipping; one of goods that came back has a later one.
# The line's row is locked, so that of two transactions the second one sees the first one's rows.
WITHIN = """
CREATE OR REPLACE FUNCTION inv_32_units_within_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ordered integer;
    left_at timestamptz;
    shipped bigint;
    back bigint;
BEGIN
    SELECT l.quantity, o.shipped_at INTO ordered, left_at
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    WHERE l.lane = NEW.lane AND l.order_id = NEW.order_id AND l.line_no = NEW.line_no AND o.paid_at IS NOT NULL
    FOR UPDATE OF l;
    IF TG_TABLE_NAME = 'orders_refund' THEN
        IF NEW.at > left_at THEN
            RETURN NEW;
        END IF;
    END IF;
    SELECT COALESCE(sum(units), 0) INTO shipped
    FROM fulfilment_shipmentline
    WHERE lane = NEW.lane AND order_id = NEW.order_id AND line_no = NEW.line_no;
    SELECT COALESCE(sum(units), 0) INTO back
    FROM orders_refund
    WHERE lane = NEW.lane AND order_id = NEW.order_id AND line_no = NEW.line_no AND restocked
      AND (at > left_at) IS NOT TRUE;
    IF (NEW.units + shipped + back <= ordered) IS NOT TRUE THEN
        RAISE EXCEPTION 'INV-32: % units more of line % of order %, of % ordered % are shipped and % went back',
            NEW.units, NEW.line_no, NEW.order_id, ordered, shipped, back
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_32_units_within_line';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION inv_32_units_within_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ordered integer;
    shipped bigint;
    back bigint;
BEGIN
    SELECT l.quantity INTO ordered
    FROM orders_orderline AS l
    JOIN orders_order AS o ON o.lane = l.lane AND o.id = l.order_id
    WHERE l.lane = NEW.lane AND l.order_id = NEW.order_id AND l.line_no = NEW.line_no AND o.paid_at IS NOT NULL
    FOR UPDATE OF l;
    SELECT COALESCE(sum(units), 0) INTO shipped
    FROM fulfilment_shipmentline
    WHERE lane = NEW.lane AND order_id = NEW.order_id AND line_no = NEW.line_no;
    SELECT COALESCE(sum(units), 0) INTO back
    FROM orders_refund
    WHERE lane = NEW.lane AND order_id = NEW.order_id AND line_no = NEW.line_no AND restocked;
    IF (NEW.units + shipped + back <= ordered) IS NOT TRUE THEN
        RAISE EXCEPTION 'INV-32: % units more of line % of order %, of % ordered % are shipped and % went back',
            NEW.units, NEW.line_no, NEW.order_id, ordered, shipped, back
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_32_units_within_line';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0002_units_beside_parcels")]
    operations = [migrations.RunSQL(WITHIN, BEFORE)]
