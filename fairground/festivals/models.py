"""Festivals, halls, deals, their prices, and what each shopper took of them.

A foreign key with which a key or a unique constraint begins has no index of its own.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fairground.catalog.models import Sku
from fairground.markets.models import Market
from fairground.markets.rules import DEPOSIT_ALL_BPS, DepositMode

# So that basis points of a price are still a bigint.
PRESALE_PRICE_MAX = 2**49


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


class Presale(models.Model):
    """A deal that is paid twice: a deposit when it is ordered, the balance in a window of its own.

    The deal opens and closes the order window, its prices are those of the presale, its units are promised at deposit.
    """

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
                condition=Q(
                    deposit_max_bps__gt=0,
                    deposit_max_bps__lte=DEPOSIT_ALL_BPS,
                    deposit_minor__lte=(F("price_minor") - F("inflation_minor"))
                    * F("deposit_max_bps")
                    / DEPOSIT_ALL_BPS,
                ),
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
