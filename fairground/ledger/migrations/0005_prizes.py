"""Kinds of transfer for what a draw awards; the database knows kinds by number alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_merged_wallets")]
    operations = [
        migrations.AlterField(
            model_name="transfer",
            name="kind",
            field=models.SmallIntegerField(
                choices=[
                    (1, "TOP_UP"),
                    (2, "PURCHASE"),
                    (3, "REFUND"),
                    (4, "ADJUSTMENT"),
                    (5, "MERGE"),
                    (20, "PRIZE"),
                    (21, "PAYMENT_EXEMPTION"),
                ]
            ),
        )
    ]
