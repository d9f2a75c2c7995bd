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
