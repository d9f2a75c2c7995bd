"""INV-32 in the database bounds what goes back before an order is shipped; what was shipped may come back from parcels.

Of an order that is shipped only what went back is counted then, which is never more than was ordered.
"""

from django.db import migrations

_BODY = """
CREATE OR REPLACE FUNCTION inv_32_units_within_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ordered integer;
    state smallint;
    shipped bigint;
    back bigint;
BEGIN
    SELECT l.quantity, o.state INTO ordered, state
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
    -- States 3 to 5 are shipped, delivered and completed.
    IF TG_TABLE_NAME = 'orders_refund' AND state IN ({shipped_states}) THEN
        shipped := 0;
    END IF;
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
    operations = [
        migrations.RunSQL(_BODY.format(shipped_states="3, 4, 5"), _BODY.format(shipped_states="NULL")),
    ]
