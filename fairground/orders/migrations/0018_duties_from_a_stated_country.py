"""No duty is asked of what is sent from a country that nobody stated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_duties_go_back_once")]
    operations = [
        migrations.AddConstraint(
            "orderduty",
            models.CheckConstraint(
                condition=models.Q(country__regex="^[A-Z]{2}$"), name="inv_40_duty_from_a_stated_country"
            ),
        )
    ]
