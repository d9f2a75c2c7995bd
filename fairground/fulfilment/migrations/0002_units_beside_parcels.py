"""INV-32 in the database: what is shipped of a line, and what went back before it was, is never more than was ordered.

Orders that were shipped before get the parcel that they would have today.
"""

from django.db import migrations

# The line's row is locked, so that of two transactions the second one sees the first one's rows.
WITHIN = """
CREATE FUNCTION inv_32_units_within_line() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER inv_32_units_within_line BEFORE INSERT ON fulfilment_shipmentline
    FOR EACH ROW EXECUTE FUNCTION inv_32_units_within_line();
CREATE TRIGGER inv_32_units_within_line BEFORE INSERT ON orders_refund
    FOR EACH ROW WHEN (NEW.restocked) EXECUTE FUNCTION inv_32_units_within_line();
CREATE FUNCTION inv_32_parcels_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'INV-32: % is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER inv_32_never_changes BEFORE UPDATE OR DELETE ON fulfilment_shipmentline
    FOR EACH ROW EXECUTE FUNCTION inv_32_parcels_never_change();
"""
UNDO = """
DROP TRIGGER inv_32_never_changes ON fulfilment_shipmentline;
DROP TRIGGER inv_32_units_within_line ON orders_refund;
DROP TRIGGER inv_32_units_within_line ON fulfilment_shipmentline;
DROP FUNCTION inv_32_parcels_never_change(), inv_32_units_within_line();
"""
# States 3 to 5 are shipped, delivered and completed. What was shipped may have been withdrawn from since; the days of a
# weekend are added to each time, so that none is too short.
SHIPPED_BEFORE = """
INSERT INTO fulfilment_shipment (lane, order_id, shipment_no, carrier, tracking_number, shipped_at, delivered_at)
SELECT lane, id, 1, '', '', shipped_at, delivered_at
FROM orders_order
WHERE state IN (3, 4, 5);
INSERT INTO fulfilment_shipmentline (lane, order_id, shipment_no, line_no, units)
SELECT l.lane, l.order_id, 1, l.line_no, l.quantity - b.units
FROM orders_order AS o
JOIN orders_orderline AS l ON l.lane = o.lane AND l.order_id = o.id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(r.units), 0) AS units
    FROM orders_refund AS r
    WHERE r.lane = l.lane AND r.order_id = l.order_id AND r.line_no = l.line_no AND r.restocked
) AS b
WHERE o.state IN (3, 4, 5) AND l.quantity > b.units;
INSERT INTO fulfilment_awaitedreceipt (lane, order_id, due_at)
SELECT o.lane, o.id, CASE o.state WHEN 3 THEN o.shipped_at + interval '30 days'
                                  ELSE o.delivered_at + make_interval(days => GREATEST(m.withdrawal_days, 7) + 4) END
FROM orders_order AS o
JOIN markets_market AS m ON m.code = o.market
WHERE o.state IN (3, 4);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("fulfilment", "0001_parcels_and_withdrawals"),
        ("markets", "0002_withdrawal_days"),
        ("orders", "0009_cancelled_orders_use_nothing_up"),
    ]
    operations = [
        migrations.RunSQL(WITHIN, UNDO),
        migrations.RunSQL(SHIPPED_BEFORE, migrations.RunSQL.noop),
    ]
