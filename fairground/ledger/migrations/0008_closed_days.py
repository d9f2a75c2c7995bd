"""Days that are closed, and a summary of moments by which their transfers are found."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0007_price_protection"),
    ]

    operations = [
        migrations.CreateModel(
            name="DaySeal",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("ends_at", models.DateTimeField(help_text="the first moment of the next day, in UTC")),
                ("sealed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DayBalance",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account_id", models.BigIntegerField(help_text="its lane is in the id")),
                ("day", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("debits_posted_minor", models.BigIntegerField()),
                ("credits_posted_minor", models.BigIntegerField()),
                ("debits_pending_minor", models.BigIntegerField()),
                ("credits_pending_minor", models.BigIntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="transfer_at"),
        ),
        migrations.AddIndex(
            model_name="transferend",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="transferend_at"),
        ),
        migrations.CreateModel(
            name="Day",
            fields=[
                (
                    "seal",
                    models.OneToOneField(
                        db_column="day",
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="closed",
                        serialize=False,
                        to="ledger.dayseal",
                    ),
                ),
                ("previous_hash", models.CharField(help_text="64 zeros of the first day", max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("transfers", models.BigIntegerField()),
                ("ends", models.BigIntegerField()),
                ("balances", models.BigIntegerField(help_text="accounts that moved")),
                ("closed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="dayseal",
            constraint=models.CheckConstraint(
                condition=models.Q(("sealed_at__gte", models.F("ends_at"))), name="inv_26_only_a_day_that_is_over"
            ),
        ),
        migrations.AddConstraint(
            model_name="dayseal",
            constraint=models.UniqueConstraint(fields=("ends_at",), name="dayseal_one_end"),
        ),
        migrations.AddIndex(
            model_name="daybalance",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["day"], name="daybalance_day"),
        ),
        migrations.AddConstraint(
            model_name="daybalance",
            constraint=models.CheckConstraint(
                condition=models.Q(("credits_posted_minor__gte", 0), ("debits_posted_minor__gte", 0)),
                name="daybalance_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="day",
            constraint=models.UniqueConstraint(fields=("previous_hash",), name="inv_26_one_day_after_another"),
        ),
        migrations.AddConstraint(
            model_name="day",
            constraint=models.UniqueConstraint(fields=("hash",), name="day_hash_once"),
        ),
        migrations.AddConstraint(
            model_name="day",
            constraint=models.CheckConstraint(
                condition=models.Q(("hash__regex", "^[0-9a-f]{64}$"), ("previous_hash__regex", "^[0-9a-f]{64}$")),
                name="day_hashes_hex",
            ),
        ),
        migrations.AddConstraint(
            model_name="day",
            constraint=models.CheckConstraint(
                condition=models.Q(("balances__gte", 0), ("ends__gte", 0), ("transfers__gte", 0)),
                name="day_counts_not_negative",
            ),
        ),
    ]
