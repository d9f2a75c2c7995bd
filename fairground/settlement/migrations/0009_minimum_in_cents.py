from django.db import migrations, models


class Migration(migrations.Migration):
    """What was a minimum in minor units counts as cents of a euro; 1, which was none, becomes 0."""

    dependencies = [
        ("settlement", "0008_duties"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="terms", name="terms_payout_min_positive"),
        migrations.RenameField(model_name="terms", old_name="payout_min_minor", new_name="payout_min_cents"),
        migrations.AlterField(
            model_name="terms",
            name="payout_min_cents",
            field=models.BigIntegerField(
                db_default=0, help_text="less than so many cents of a euro are worth waits for the next payout"
            ),
        ),
        migrations.RunSQL(
            """
            UPDATE settlement_terms
            SET payout_min_cents = CASE WHEN payout_min_cents = 1 THEN 0 ELSE least(payout_min_cents, 10000000) END
            """,
            "UPDATE settlement_terms SET payout_min_cents = 1 WHERE payout_min_cents = 0",
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.CheckConstraint(
                condition=models.Q(payout_min_cents__range=(0, 10_000_000)), name="terms_payout_min_in_range"
            ),
        ),
    ]
