"""Festivals, their phases, halls, deals, their prices, what each shopper took of them, what merchants declare.

A foreign key with which a key or a unique constraint begins has no index of its own.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.lookups import Exact

from fairground.catalog.models import Sku
from fairground.festivals.blocks import BLOCKS_MAX, Kind
from fairground.festivals.declared import LIVE, WAITING, DeclarationState, EnrolmentState
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.markets.models import Market
from fairground.markets.rules import DEPOSIT_ALL_BPS, DepositMode
from fairground.merchants.models import Merchant

_LIVE = [one.value for one in LIVE]
_WAITING = [one.value for one in WAITING]

# So that basis points of a price are still a bigint.
PRESALE_PRICE_MAX = 2**49
# What of a presale's price may be a deposit.
_LAWFUL = (F("price_minor") - F("inflation_minor")) * F("deposit_max_bps") / DEPOSIT_ALL_BPS
_BOTH_IN_ORDER = Q(opens_at__isnull=False, closes_at__isnull=False, closes_at__gt=F("opens_at"))


class Festival(models.Model):
    """A shopping festival; `currency` is that of its total. Below or beyond what the price guard asks two people:

    `floor_bps` of the usual price, since a deal at a fifth of it is rarer than a slip; `floor_minor`, none at first;
    `deviation_bps` below the lowest price of thirty days, so that 60 % off passes with what a price tag's rounding
    adds; `spread_bps` between markets at the pinned rates, twice what price tags of small amounts make.
    """

    slug = models.SlugField(max_length=60, primary_key=True)
    name = models.JSONField(help_text="language -> name")
    zone = models.CharField(max_length=40, help_text="the home zone, in which it opens at midnight")
    currency = models.CharField(max_length=3)
    opens_at = models.DateTimeField(help_text="as the sale among its phases")
    closes_at = models.DateTimeField()
    previous = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="next_ones", help_text="the one that it was cloned from"
    )
    floor_bps = models.SmallIntegerField(db_default=2_000, help_text="of the usual price")
    floor_minor = models.BigIntegerField(db_default=0, help_text="in `currency`; 0: none")
    deviation_bps = models.SmallIntegerField(db_default=6_500, help_text="below the lowest price of thirty days")
    spread_bps = models.SmallIntegerField(db_default=3_000, help_text="between markets")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="festival_opens_before_it_closes"),
            models.CheckConstraint(condition=~Q(previous=F("slug")), name="festival_is_not_its_own_previous"),
            models.CheckConstraint(
                condition=Q(floor_bps__range=(0, 10_000), deviation_bps__range=(0, 10_000))
                & Q(floor_minor__gte=0, spread_bps__gte=0),
                name="festival_guard_in_range",
            ),
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
    """A deal's price in a market, and when it opens and closes there where the market has a sale of its own."""

    pk = models.CompositePrimaryKey("deal_id", "market_id")
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="prices", db_index=False)
    market = models.ForeignKey(Market, models.PROTECT, db_index=False)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    opens_at = models.DateTimeField(null=True, help_text="empty: as the deal")
    closes_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(price_minor__gt=0, price_minor__lt=2**53), name="dealprice_in_range"),
            models.CheckConstraint(
                condition=Q(opens_at=None, closes_at=None) | _BOTH_IN_ORDER, name="dealprice_opens_before_it_closes"
            ),
        ]


class Presale(models.Model):
    """A deal paid twice: a deposit in the deal's own window, which promises the units; the balance in this one."""

    deal = models.OneToOneField(Deal, models.CASCADE, primary_key=True, related_name="presale")
    balance_opens_at = models.DateTimeField()
    balance_closes_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(balance_closes_at__gt=F("balance_opens_at")), name="presale_balance_opens_before_it_closes"
            )
        ]


class PresalePrice(models.Model):
    """What is paid first in a market, for one unit, and what it is worth more later.

    `price_minor` is the price of the deal there, said again so that the database can hold the deposit against it; a
    presale whose two prices differ is not offered. `deposit_mode` and `deposit_max_bps` are the law of the market when
    the presale was declared.
    """

    pk = models.CompositePrimaryKey("presale_id", "market_id")
    presale = models.ForeignKey(Presale, models.CASCADE, related_name="prices", db_index=False)
    market = models.ForeignKey(Market, models.PROTECT, db_index=False)
    price_minor = models.BigIntegerField()
    deposit_minor = models.BigIntegerField()
    inflation_minor = models.BigIntegerField(db_default=0, help_text="the deposit is worth so much more than itself")
    deposit_mode = models.SmallIntegerField(choices=[(mode.value, mode.name) for mode in DepositMode])
    deposit_max_bps = models.SmallIntegerField(help_text="of what the goods cost, at most so much is a deposit")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    deposit_minor__gt=0,
                    inflation_minor__gte=0,
                    price_minor__gt=F("deposit_minor") + F("inflation_minor"),
                    price_minor__lt=PRESALE_PRICE_MAX,
                ),
                name="presaleprice_leaves_a_balance",
            ),
            models.CheckConstraint(
                condition=Q(deposit_max_bps__gt=0, deposit_max_bps__lte=DEPOSIT_ALL_BPS, deposit_minor__lte=_LAWFUL),
                name="presaleprice_deposit_within_law",
            ),
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


class Enrolment(models.Model):
    """A merchant's wish to take part in a festival, and what was decided. `floor_bps` of its own only raises."""

    festival = models.ForeignKey(Festival, models.PROTECT, related_name="enrolments", db_index=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in EnrolmentState])
    applied_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True, help_text="the user; empty: whoever had the command line")
    reason = models.CharField(max_length=300, blank=True)
    floor_bps = models.SmallIntegerField(null=True, help_text="of the usual price; empty: the festival's")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["festival", "merchant"], name="enrolment_once_by_merchant"),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in EnrolmentState]), name="enrolment_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[EnrolmentState.ADMITTED.value, EnrolmentState.DECLINED.value])
                | Q(decided_at__isnull=False),
                name="enrolment_decided_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(floor_bps__isnull=True) | Q(floor_bps__range=(0, 10_000)),
                name="enrolment_floor_in_range",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Declaration(models.Model):
    """A deal that somebody declares. What is approved is one `version` of it; any change makes the next one.

    Times that are empty are the festival's. `findings` is what the price guard found when it was submitted.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="declarations", db_index=False)
    sku = models.ForeignKey(Sku, models.PROTECT)
    hall = models.ForeignKey(Hall, models.PROTECT, null=True)
    units = models.IntegerField()
    buyer_limit = models.IntegerField(db_default=0)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=[(one.value, one.value) for one in DeclarationState])
    version = models.IntegerField(db_default=1)
    declared_by = models.BigIntegerField(null=True, help_text="the user; empty: the command line or an import")
    declared_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list, help_text="code and facts of each")
    reason = models.CharField(max_length=300, blank=True, help_text="why it was declined")
    deal = models.OneToOneField(Deal, models.PROTECT, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "sku"], name="declaration_once_by_sku"),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in DeclarationState]), name="declaration_state_known"
            ),
            models.CheckConstraint(
                condition=Q(units__gt=0, buyer_limit__gte=0), name="declaration_units_and_limit_in_range"
            ),
            models.CheckConstraint(
                condition=Q(state__in=_LIVE, deal__isnull=False) | (~Q(state__in=_LIVE) & Q(deal__isnull=True)),
                name="inv_19_a_deal_and_approved_are_one",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_WAITING) | Q(submitted_at__isnull=False), name="declaration_waits_since"
            ),
        ]
        # The queue is read far more often than there is something in it.
        indexes: ClassVar = [
            models.Index(fields=["submitted_at"], condition=Q(state__in=_WAITING), name="declaration_waiting")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DeclarationPrice(models.Model):
    """What a declared deal is to cost in a market."""

    pk = models.CompositePrimaryKey("declaration_id", "market_id")
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="prices", db_index=False)
    market = models.ForeignKey(Market, models.PROTECT, db_index=False)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(price_minor__gt=0, price_minor__lt=2**53), name="declarationprice_in_range"
            )
        ]


class Approval(models.Model):
    """Somebody's yes to one version of a declaration; its key lets nobody say it twice. A row never changes."""

    pk = models.CompositePrimaryKey("declaration_id", "version", "user_id")
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="approvals", db_index=False)
    version = models.IntegerField()
    user_id = models.BigIntegerField()
    at = models.DateTimeField()
