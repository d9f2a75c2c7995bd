"""Room on each page, so that an update stays there and touches no index (a HOT update)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    operations = [migrations.RunSQL("ALTER TABLE inventory_stock SET (fillfactor=50, autovacuum_vacuum_scale_factor=0.5);", migrations.RunSQL.noop)]
