"""A place's country is one that somebody stated, or empty; so customs never asks by a guess."""

from django.db import migrations, models

# What a file without a place was given: a depot by the chance of its merchant's name.
FORGET_GUESSES = "UPDATE inventory_place SET country = '' WHERE name = city || ' depot'"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0005_prior_price_by_market")]
    operations = [
        migrations.AlterField("place", "latitude", models.FloatField(null=True)),
        migrations.AlterField("place", "longitude", models.FloatField(null=True)),
        migrations.AlterField(
            "place",
            "country",
            models.CharField(max_length=2, help_text="from which customs counts; empty: nobody stated it"),
        ),
        migrations.RunSQL(FORGET_GUESSES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "place",
            models.CheckConstraint(
                condition=models.Q(country__regex="^([A-Z]{2})?$"), name="place_country_stated_or_empty"
            ),
        ),
    ]
