"""Festivals, their phases, halls, deals, their prices, and what each shopper took of them.

A foreign key with which a key or a unique constraint begins has no index of its own.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fairground.catalog.models import Sku
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.markets.models import Market


class Festival(models.Model):
    """A shopping festival. `currency` is the one in which its total is shown."""

    slug = models.SlugField(max_length=60, primary_key=True)
    name = models.JSONField(help_text="language -> name")
    zone = models.CharField(max_length=40, help_text="the home zone, in which it opens at midnight")
    currency = models.CharField(max_length=3)
    opens_at = models.DateTimeField(help_text="as the sale among its phases")
    closes_at = models.DateTimeField()
    previous = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="next_ones", help_text="the one that it was cloned from"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="festival_opens_before_it_closes"),
            models.CheckConstraint(condition=~Q(previous=F("slug")), name="festival_is_not_its_own_previous"),
        ]

    def __str__(self) -> str:
        return self.slug


class Phase(models.Model):
    """A phase of a festival; without a market it is the festival's own, which every market has unless it has one."""

    festival = models.ForeignKey(Festival, models.CASCADE, related_name="phases", db_index=False)
    kind = models.SmallIntegerField(choices=[(kind.value, kind.word) for kind in PhaseKind])
    market = models.ForeignKey(Market, models.PROTECT, null=True, db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="exclusive")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["festival", "kind", "market"], name="phase_once_by_kind_and_market", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="phase_begins_before_it_ends"),
            models.CheckConstraint(condition=Q(kind__gte=1, kind__lte=9), name="phase_kind_known"),
        ]


class Transition(models.Model):
    """What happens when a phase begins or ends: when it was due, last tried, and done; `facts` tell what came of it."""

    festival = models.ForeignKey(Festival, models.CASCADE, related_name="transitions", db_index=False)
    kind = models.SmallIntegerField(choices=[(kind.value, kind.word) for kind in PhaseKind])
    market = models.ForeignKey(Market, models.PROTECT, null=True, db_index=False)
    edge = models.SmallIntegerField(choices=[(edge.value, edge.name.lower()) for edge in Edge])
    due_at = models.DateTimeField()
    tried_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["festival", "kind", "market", "edge"], name="inv_18_transition_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(tried_at__gte=F("due_at")) & (Q(done_at=None) | Q(done_at__gte=F("due_at"))),
                name="inv_18_no_transition_before_its_time",
            ),
            models.CheckConstraint(condition=Q(kind__gte=1, kind__lte=9, edge__in=[1, 2]), name="transition_known"),
        ]


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
