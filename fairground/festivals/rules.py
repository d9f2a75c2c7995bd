"""What is said about a festival and its deals before they have ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

# Why a festival's times can't be what somebody wants them to be.
TIMES_WRONG = ("opened", "past", "order", "deal-later")


@dataclass(frozen=True, slots=True)
class HallRecord:
    """A themed page: its slug and its name by language."""

    slug: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FestivalRecord:
    """A festival before it exists. `zone` is its home zone; `currency` the one of its totals."""

    slug: str
    name: Mapping[str, str]
    zone: str
    currency: str
    halls: tuple[HallRecord, ...]


@dataclass(frozen=True, slots=True)
class DealDeclaration:
    """A merchant's word: so many units of a SKU, so far below the usual price; `buyer_limit` 0 is none."""

    sku_id: int
    lane: int
    hall: str
    percent_off: int
    units: int
    buyer_limit: int


@dataclass(frozen=True, slots=True)
class Period:
    """When something opens, and when it closes, exclusive."""

    opens_at: datetime
    closes_at: datetime

    def facts(self) -> dict[str, str]:
        """Return both moments as texts of ISO 8601, by name."""
        return {"opens_at": self.opens_at.isoformat(), "closes_at": self.closes_at.isoformat()}


def times_wrong(*, was: Period, wanted: Period, now: datetime) -> str | None:
    """Return why a festival can't be moved from one period to another, one of `TIMES_WRONG`; None where it can.

    One that has opened stays where it is: shoppers, orders and the figures of its seconds go by its opening.
    """
    if was.opens_at <= now:
        return "opened"
    if wanted.opens_at <= now:
        return "past"
    if wanted.closes_at <= wanted.opens_at:
        return "order"
    return None


# Why a presale can't be as somebody wants it to be.
PRESALE_WRONG = ("past", "order", "balance-earlier", "balance-order", "deposit", "law")


@dataclass(frozen=True, slots=True)
class PresaleTerms:
    """What is paid first for one unit in a market, in minor units, and how much more it counts later."""

    deposit_minor: int
    inflation_minor: int


def presale_times_wrong(*, order: Period, balance: Period, now: datetime) -> str | None:
    """Return why a presale can't have these windows, one of `PRESALE_WRONG`; None where it can.

    The balance is paid after the order window: until then nobody knows what the sale costs, and whoever orders last
    has the whole window for the balance.
    """
    if order.opens_at <= now:
        return "past"
    if order.closes_at <= order.opens_at:
        return "order"
    if balance.opens_at < order.closes_at:
        return "balance-earlier"
    if balance.closes_at <= balance.opens_at:
        return "balance-order"
    return None


def presale_terms_wrong(*, price_minor: int, terms: PresaleTerms, deposit_max_bps: int) -> str | None:
    """Return why a deposit can't be taken at this price, one of `PRESALE_WRONG`; None where it can.

    A balance above nothing is left; and the deposit is at most `deposit_max_bps` of what is paid in all, which for
    earnest money is a fifth (Civil Code of China, Art. 586: of the contract's amount).
    """
    paid_minor = price_minor - terms.inflation_minor
    if terms.deposit_minor <= 0 or terms.inflation_minor < 0 or paid_minor <= terms.deposit_minor:
        return "deposit"
    if terms.deposit_minor * 10_000 > paid_minor * deposit_max_bps:
        return "law"
    return None
