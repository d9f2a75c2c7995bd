"""When deals open and close in a market that has a sale of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("festivals", "0007_coupon_blocks"),
        ("markets", "0003_deposits"),
    ]

    operations = [
        migrations.AddField(
            model_name="dealprice",
            name="closes_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="dealprice",
            name="opens_at",
            field=models.DateTimeField(help_text="empty: as the deal", null=True),
        ),
        migrations.AddConstraint(
            model_name="dealprice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closes_at", None), ("opens_at", None)),
                    models.Q(
                        ("closes_at__gt", models.F("opens_at")),
                        ("closes_at__isnull", False),
                        ("opens_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="dealprice_opens_before_it_closes",
            ),
        ),
    ]
