"""Exchange rates as two integers; and what the law of a market makes of a deposit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
    deposit_mode: DepositMode = DepositMode.ADVANCE
    deposit_max_bps: int = DEPOSIT_ALL_BPS


@dataclass(frozen=True, slots=True)
class World:
    """Markets that divide the countries among them, and the tax rate of each region that levies one."""

    markets: tuple[MarketTerms, ...]
    tax_rates_bps: Mapping[str, int]
