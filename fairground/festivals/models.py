"""Festivals, halls, deals, their prices, and what each shopper took of them.

A foreign key with which a key or a unique constraint begins has no index of its own.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.lookups import Exact

from fairground.catalog.models import Sku
from fairground.festivals.blocks import BLOCKS_MAX, Kind
from fairground.markets.models import Market


class Festival(models.Model):
    """A shopping festival. `currency` is the one in which its total is shown."""

    slug = models.SlugField(max_length=60, primary_key=True)
    name = models.JSONField(help_text="language -> name")
    zone = models.CharField(max_length=40, help_text="the home zone, in which it opens at midnight")
    currency = models.CharField(max_length=3)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="festival_opens_before_it_closes")
        ]

    def __str__(self) -> str:
        return self.slug


class FestivalRate(models.Model):
    """One unit of `currency` is `numerator / denominator` units of the festival's; pinned, so totals never move."""

    pk = models.CompositePrimaryKey("festival_id", "currency")
    festival = models.ForeignKey(Festival, models.CASCADE, related_name="rates", db_index=False)
    currency = models.CharField(max_length=3)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()
    quoted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(numerator__gt=0, denominator__gt=0), name="festivalrate_positive")
        ]


class Hall(models.Model):
    """A themed page of a festival."""

    id = models.SmallAutoField(primary_key=True)
    festival = models.ForeignKey(Festival, models.CASCADE, related_name="halls", db_index=False)
    slug = models.SlugField(max_length=60)
    name = models.JSONField(help_text="language -> name")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["festival", "slug"], name="hall_once_by_slug")]

    def __str__(self) -> str:
        return self.slug


class HallBlock(models.Model):
    """A part of a hall's page; positions are 1, 2, … without a gap. `version` grows with every edit."""

    hall = models.ForeignKey(Hall, models.CASCADE, related_name="blocks", db_index=False)
    position = models.SmallIntegerField()
    kind = models.CharField(max_length=12)
    settings = models.JSONField(default=dict, help_text="by name, as `blocks.settings_of` writes them")
    texts = models.JSONField(default=dict, help_text="language -> heading, text, label")
    markets = ArrayField(models.CharField(max_length=8), default=list, help_text="empty: all of them")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    is_on = models.BooleanField(db_default=True)
    version = models.IntegerField(db_default=1)

    class Meta:
        constraints: ClassVar = [
            # At the end of the transaction, so that blocks may change places.
            models.UniqueConstraint(
                fields=["hall", "position"], name="hallblock_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=BLOCKS_MAX), name="hallblock_position_in_range"
            ),
            models.CheckConstraint(condition=Q(kind__in=[str(one) for one in Kind]), name="hallblock_kind_known"),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="hallblock_starts_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Exact(Func("settings", function="jsonb_typeof", output_field=TextField()), Value("object"))
                & Exact(Func("texts", function="jsonb_typeof", output_field=TextField()), Value("object")),
                name="hallblock_says_by_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.position}"


class Deal(models.Model):
    """A festival price for a SKU: a price per market, units shared by the markets, a limit per buyer (0: none).

    Its units are moved at the freeze into a stock row of its own (`inventory.Stock`).
    """

    id = models.BigIntegerField(primary_key=True)
    lane = models.SmallIntegerField()
    festival = models.ForeignKey(Festival, models.PROTECT, related_name="deals", db_index=False)
    hall = models.ForeignKey(Hall, models.PROTECT, null=True)
    sku = models.ForeignKey(Sku, models.PROTECT)
    units = models.IntegerField()
    buyer_limit = models.IntegerField(db_default=0)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["festival", "sku"], name="deal_once_by_sku"),
            models.CheckConstraint(condition=Q(units__gt=0, buyer_limit__gte=0), name="deal_units_and_limit_in_range"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="deal_opens_before_it_closes"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DealPrice(models.Model):
    """A deal's price in a market."""

    pk = models.CompositePrimaryKey("deal_id", "market_id")
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="prices", db_index=False)
    market = models.ForeignKey(Market, models.PROTECT, db_index=False)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(price_minor__gt=0, price_minor__lt=2**53), name="dealprice_in_range")
        ]


class DealBuyer(models.Model):
    """How many units of a limited deal a shopper holds or bought. Hot: no foreign keys, which halve the rate."""

    pk = models.CompositePrimaryKey("lane", "deal_id", "shopper_id")
    lane = models.SmallIntegerField()
    deal_id = models.BigIntegerField()
    shopper_id = models.BigIntegerField()
    units = models.IntegerField()
    units_max = models.IntegerField(help_text="the deal's per-buyer limit")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(units__gte=0, units__lte=F("units_max")), name="inv_2_buyer_limit_kept")
        ]
