"""Merchants enrol and declare deals; what the price guard asks of them stands with the festival."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

PROTECT = django.db.models.deletion.PROTECT
DECLARATION_STATES = ["draft", "submitted", "needs_second", "approved", "declined", "frozen"]
ENROLMENT_STATES = ["applied", "admitted", "declined", "withdrawn"]
LIVE = ["approved", "frozen"]
WAITING = ["submitted", "needs_second"]


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_products_of_merchants"),
        ("festivals", "0002_phases"),
        ("markets", "0002_withdrawal_days"),
        ("merchants", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="festival",
            name="freeze_at",
            field=models.DateTimeField(help_text="when declarations end; empty: when it opens", null=True),
        ),
        migrations.AddField(
            model_name="festival",
            name="floor_bps",
            field=models.SmallIntegerField(db_default=2_000, help_text="of the usual price"),
        ),
        migrations.AddField(
            model_name="festival",
            name="floor_minor",
            field=models.BigIntegerField(db_default=0, help_text="in `currency`; 0: none"),
        ),
        migrations.AddField(
            model_name="festival",
            name="deviation_bps",
            field=models.SmallIntegerField(db_default=6_500, help_text="below the lowest price of thirty days"),
        ),
        migrations.AddField(
            model_name="festival",
            name="spread_bps",
            field=models.SmallIntegerField(db_default=3_000, help_text="between markets"),
        ),
        migrations.AddConstraint(
            model_name="festival",
            constraint=models.CheckConstraint(
                condition=Q(freeze_at__isnull=True) | Q(freeze_at__lte=F("opens_at")),
                name="festival_freezes_before_it_opens",
            ),
        ),
        migrations.AddConstraint(
            model_name="festival",
            constraint=models.CheckConstraint(
                condition=Q(floor_bps__range=(0, 10_000), deviation_bps__range=(0, 10_000))
                & Q(floor_minor__gte=0, spread_bps__gte=0),
                name="festival_guard_in_range",
            ),
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(choices=[(one, one) for one in ENROLMENT_STATES], max_length=10)),
                ("applied_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.BigIntegerField(help_text="the user; empty: whoever had the command line", null=True),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "floor_bps",
                    models.SmallIntegerField(help_text="of the usual price; empty: the festival's", null=True),
                ),
                (
                    "festival",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="enrolments", to="festivals.festival"
                    ),
                ),
                (
                    "merchant",
                    models.ForeignKey(on_delete=PROTECT, related_name="enrolments", to="merchants.merchant"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["festival", "merchant"], name="enrolment_once_by_merchant"),
                    models.CheckConstraint(condition=Q(state__in=ENROLMENT_STATES), name="enrolment_state_known"),
                    models.CheckConstraint(
                        condition=~Q(state__in=["admitted", "declined"]) | Q(decided_at__isnull=False),
                        name="enrolment_decided_at_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=Q(floor_bps__isnull=True) | Q(floor_bps__range=(0, 10_000)),
                        name="enrolment_floor_in_range",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Declaration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.IntegerField()),
                ("buyer_limit", models.IntegerField(db_default=0)),
                ("opens_at", models.DateTimeField(null=True)),
                ("closes_at", models.DateTimeField(null=True)),
                ("state", models.CharField(choices=[(one, one) for one in DECLARATION_STATES], max_length=12)),
                ("version", models.IntegerField(db_default=1)),
                (
                    "declared_by",
                    models.BigIntegerField(help_text="the user; empty: the command line or an import", null=True),
                ),
                ("declared_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("findings", models.JSONField(default=list, help_text="code and facts of each")),
                ("reason", models.CharField(blank=True, help_text="why it was declined", max_length=300)),
                ("deal", models.OneToOneField(null=True, on_delete=PROTECT, to="festivals.deal")),
                (
                    "enrolment",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="declarations", to="festivals.enrolment"
                    ),
                ),
                ("hall", models.ForeignKey(null=True, on_delete=PROTECT, to="festivals.hall")),
                ("sku", models.ForeignKey(on_delete=PROTECT, to="catalog.sku")),
            ],
            options={
                "indexes": [
                    models.Index(condition=Q(state__in=WAITING), fields=["submitted_at"], name="declaration_waiting")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["enrolment", "sku"], name="declaration_once_by_sku"),
                    models.CheckConstraint(condition=Q(state__in=DECLARATION_STATES), name="declaration_state_known"),
                    models.CheckConstraint(
                        condition=Q(units__gt=0, buyer_limit__gte=0), name="declaration_units_and_limit_in_range"
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=LIVE, deal__isnull=False) | (~Q(state__in=LIVE) & Q(deal__isnull=True)),
                        name="inv_19_a_deal_and_approved_are_one",
                    ),
                    models.CheckConstraint(
                        condition=~Q(state__in=WAITING) | Q(submitted_at__isnull=False), name="declaration_waits_since"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeclarationPrice",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "declaration_id", "market_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("price_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "declaration",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="prices", to="festivals.declaration"
                    ),
                ),
                ("market", models.ForeignKey(db_index=False, on_delete=PROTECT, to="markets.market")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(price_minor__gt=0, price_minor__lt=2**53), name="declarationprice_in_range"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "declaration_id",
                        "version",
                        "user_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("version", models.IntegerField()),
                ("user_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "declaration",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="approvals", to="festivals.declaration"
                    ),
                ),
            ],
        ),
    ]
