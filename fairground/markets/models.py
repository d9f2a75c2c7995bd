"""Markets, their regions, and the tax rates of regions."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fairground.markets.rules import DEPOSIT_ALL_BPS, DepositMode, RateSource


class Market(models.Model):
    """Where prices, deals and promotions are set: one currency, its languages, its law."""

    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    languages = ArrayField(models.CharField(max_length=12), help_text="the first is the default")
    time_zone = models.CharField(max_length=40)
    tax_included = models.BooleanField(help_text="prices are shown and charged with tax inside")
    withdrawal_days = models.SmallIntegerField(
        db_default=0, help_text="so long a shopper may change their mind, by law; 0: there is no such right"
    )
    protection_days = models.SmallIntegerField(
        db_default=15,
        help_text="so long after payment a merchant returns the difference when its price falls; 0: it does not",
    )
    deposit_mode = models.SmallIntegerField(
        choices=[(mode.value, mode.name) for mode in DepositMode],
        db_default=DepositMode.ADVANCE.value,
        help_text="what a deposit is by law",
    )
    deposit_max_bps = models.SmallIntegerField(
        db_default=DEPOSIT_ALL_BPS, help_text="of what the goods cost, at most so much is a deposit"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="market_currency_iso_4217"),
            models.CheckConstraint(
                condition=Q(deposit_max_bps__gt=0, deposit_max_bps__lte=DEPOSIT_ALL_BPS), name="market_deposit_in_range"
            ),
            models.CheckConstraint(condition=Q(protection_days__range=(0, 366)), name="market_protection_in_range"),
        ]


class MarketRegion(models.Model):
    """A country (ISO 3166-1 alpha-2) that buys in a market."""

    country = models.CharField(max_length=2, primary_key=True)
    market = models.ForeignKey(Market, models.PROTECT, related_name="regions")


class TaxRate(models.Model):
    """The standard rate of tax on goods sent to a region: a country, or a subdivision such as US-CA (ISO 3166-2)."""

    region = models.CharField(max_length=6, primary_key=True)
    rate_bps = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rate_bps__gte=0, rate_bps__lte=10_000), name="taxrate_in_range")
        ]


class Rate(models.Model):
    """One euro was `numerator / denominator` units of a currency on a day, as somebody published. It never changes."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    source = models.SmallIntegerField(choices=[(source.value, source.name) for source in RateSource if source])
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "day"], name="rate_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency", "day", "source"], name="rate_once_a_day_and_source"),
            models.CheckConstraint(condition=Q(numerator__gt=0, denominator__gt=0), name="rate_positive"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$") & ~Q(currency="EUR"), name="rate_currency_iso_4217"
            ),
            models.CheckConstraint(
                condition=Q(source__in=[source.value for source in RateSource if source]), name="rate_source_known"
            ),
        ]
