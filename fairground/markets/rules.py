"""Exchange rates as two integers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import gcd


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of a currency (a euro, not a cent) is `numerator / denominator` units of another."""

    numerator: int
    denominator: int
    quoted_at: datetime


@dataclass(frozen=True, slots=True)
class ReferenceRates:
    """What one euro was in each currency at one moment."""

    per_euro: Mapping[str, tuple[int, int]]
    quoted_at: datetime

    def between(self, *, source: str, target: str) -> Rate:
        """Return what one unit of `source` is in `target`, in lowest terms.

        :raises KeyError: a currency that has no rate
        """
        source_numerator, source_denominator = self.per_euro[source]
        target_numerator, target_denominator = self.per_euro[target]
        numerator = target_numerator * source_denominator
        denominator = target_denominator * source_numerator
        shared = gcd(numerator, denominator)
        return Rate(numerator // shared, denominator // shared, self.quoted_at)


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """What a market is: see `models.Market`."""

    code: str
    name: str
    currency: str
    languages: tuple[str, ...]
    time_zone: str
    tax_included: bool
    countries: tuple[str, ...]
    withdrawal_days: int = 0


@dataclass(frozen=True, slots=True)
class World:
    """Markets that divide the countries among them, and the tax rate of each region that levies one."""

    markets: tuple[MarketTerms, ...]
    tax_rates_bps: Mapping[str, int]
