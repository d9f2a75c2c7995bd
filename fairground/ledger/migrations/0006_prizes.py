"""Kinds of transfer for what a draw awards; the database knows kinds by number alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_deposits")]
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
                    (10, "PRIZE"),
                    (11, "PAYMENT_EXEMPTION"),
                    (20, "DEPOSIT"),
                    (21, "FORFEIT"),
                    (22, "DEPOSIT_RETURN"),
                    (23, "PENALTY"),
                    (24, "PRICE_GUARANTEE"),
                ]
            ),
        )
    ]
