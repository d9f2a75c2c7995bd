"""INV-32 again: what comes back of an order that has left whole was in a parcel, and may be put on the shelf."""

import importlib

from django.db import migrations

_BEFORE = importlib.import_module("fairground.fulfilment.migrations.0002_units_beside_parcels").WITHIN
_FUNCTION = _BEFORE[: _BEFORE.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
# Of an order that is on its way or there nothing is shipped any more, so nothing can be both in a parcel and here.
_GONE = """BEGIN
    IF TG_TABLE_NAME = 'orders_refund' AND EXISTS (
        SELECT FROM orders_order AS o
        WHERE o.lane = NEW.lane AND o.id = NEW.order_id AND o.shipped_at IS NOT NULL
    ) THEN
        RETURN NEW;
    END IF;
    SELECT l.quantity"""
AFTER = _FUNCTION.replace("BEGIN\n    SELECT l.quantity", _GONE)


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0002_units_beside_parcels")]
    operations = [migrations.RunSQL(AFTER, _FUNCTION)]
