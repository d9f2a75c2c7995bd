"""Room on each page, so that an update stays there and touches no index (a HOT update)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL("ALTER TABLE orders_purchase SET (fillfactor=85, autovacuum_vacuum_insert_scale_factor=0.5); ALTER TABLE orders_order SET (fillfactor=85, autovacuum_vacuum_insert_scale_factor=0.5);", migrations.RunSQL.noop)]
