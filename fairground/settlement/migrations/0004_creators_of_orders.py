"""What a creator is promised stands on the order, from its placing on; a release freezes it no more."""

from django.db import migrations, models

# For who goes back: the column again, with what the orders say.
BACK = """
UPDATE settlement_release AS r SET creator_bps = o.creator_bps
FROM orders_order AS o
WHERE o.lane = r.lane AND o.id = r.order_id AND o.creator_bps <> 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0012_frozen_rates"),
        ("settlement", "0003_ended_payouts_stay"),
    ]
    operations = [
        migrations.AlterField(
            model_name="terms",
            name="creator_bps",
            field=models.SmallIntegerField(
                db_default=0, help_text="what a creator is promised of goods sold through them"
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, BACK),
        # With a default the column can come back where there are releases.
        migrations.AlterField(model_name="release", name="creator_bps", field=models.SmallIntegerField(default=0)),
        migrations.RemoveField(model_name="release", name="creator_bps"),
    ]
