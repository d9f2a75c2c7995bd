"""Exchange rates as two integers; and what the law of a market makes of a deposit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from math import gcd


class DepositMode(IntEnum):
    """What a deposit is by the law of a market.

    Earnest money binds both sides: who pays it and does not go through with it forfeits it, who took it and does not
    returns it doubled (Civil Code of China, Art. 586 and 587). An advance is a part of the price that was paid early,
    and goes back whoever lets the purchase fall.
    """

    EARNEST = 1
    ADVANCE = 2


# A deposit of a presale, in basis points of what the goods cost: where the law sets no bound, all of it would be.
DEPOSIT_ALL_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of a currency (a euro, not a cent) is `numerator / denominator` units of another."""

    numerator: int
    denominator: int
    quoted_at: datetime


class RateSource(IntEnum):
    """Who said what a euro was worth. Of one day the greater one counts."""

    PACKAGED = 0  # round figures that come with the program; never stored
    ECB = 1  # the European Central Bank's euro foreign exchange reference rates
    HOUSE = 2  # the operator's own, for currencies that the bank does not quote


# So many days after its own a rate still counts. The longest time without one of the bank's since 1999 was five days,
# and two more are for a file that came late. An operator's own rates are those of a month.
RATE_AGE_MAX_DAYS = {RateSource.ECB: 7, RateSource.HOUSE: 40}


@dataclass(frozen=True, slots=True)
class DatedRate(Rate):
    """A rate with the day that it is of, which may be one before the day asked for, and who said it.

    Between two currencies that are not the euro: the older day, and of the two sources the lesser one.
    """

    day: date
    source: RateSource


@dataclass(frozen=True, slots=True)
class ReferenceRates:
    """What one euro was in each currency: at one moment, and where `quoted` says another one, then."""

    per_euro: Mapping[str, tuple[int, int]]
    quoted_at: datetime
    quoted: Mapping[str, datetime] = field(default_factory=dict)

    def between(self, *, source: str, target: str) -> Rate:
        """Return what one unit of `source` is in `target`, in lowest terms, quoted when the older of both was.

        :raises KeyError: a currency that has no rate
        """
        numerator, denominator = cross_rate(self.per_euro[source], self.per_euro[target])
        moments = [self.quoted.get(currency, self.quoted_at) for currency in (source, target) if currency != "EUR"]
        return Rate(numerator, denominator, min(moments, default=self.quoted_at))


def cross_rate(source_per_euro: tuple[int, int], target_per_euro: tuple[int, int]) -> tuple[int, int]:
    """Return what one unit of a currency is in another, in lowest terms, from what a euro is in each."""
    numerator = target_per_euro[0] * source_per_euro[1]
    denominator = target_per_euro[1] * source_per_euro[0]
    shared = gcd(numerator, denominator)
    return numerator // shared, denominator // shared


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
    deposit_mode: DepositMode = DepositMode.ADVANCE
    deposit_max_bps: int = DEPOSIT_ALL_BPS


@dataclass(frozen=True, slots=True)
class World:
    """Markets that divide the countries among them, and the tax rate of each region that levies one."""

    markets: tuple[MarketTerms, ...]
    tax_rates_bps: Mapping[str, int]
