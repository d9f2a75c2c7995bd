"""What is taken off a presale when it is ordered leaves a balance."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_discount_funders"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deposit_minor", 0),
                    ("balance_minor__isnull", False),
                    ("total_minor__gt", models.F("deposit_minor")),
                    _connector="OR",
                ),
                name="inv_23_discounts_leave_a_balance",
            ),
        ),
    ]
