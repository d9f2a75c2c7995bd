"""Room on each page, so that an update stays there and touches no index (a HOT update)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL("ALTER TABLE ledger_account SET (fillfactor=60, autovacuum_vacuum_scale_factor=0.5);", migrations.RunSQL.noop)]
