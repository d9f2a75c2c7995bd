"""What merchants declare for a festival, its states, and who has to look at it. No Django, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Who looks at a declaration in which the price guard found something, and at one in which it found nothing.
APPROVALS_OF_FOUND = 2
APPROVALS_OF_CLEAN = 1


class EnrolmentState(StrEnum):
    """Whether a merchant takes part in a festival."""

    APPLIED = "applied"
    ADMITTED = "admitted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class DeclarationState(StrEnum):
    """How far a declaration has come: only what is `approved` or `frozen` is a deal."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEEDS_SECOND = "needs_second"
    APPROVED = "approved"
    DECLINED = "declined"
    FROZEN = "frozen"


# What is looked at by those who approve.
WAITING = (DeclarationState.SUBMITTED, DeclarationState.NEEDS_SECOND)
# What is a deal: nobody declares it otherwise any more.
LIVE = (DeclarationState.APPROVED, DeclarationState.FROZEN)


@dataclass(frozen=True, slots=True)
class DeclaredDeal:
    """A deal as somebody declares it, priced by market in minor units; times that are None are the festival's."""

    sku_id: int
    hall: str
    units: int
    buyer_limit: int
    prices_minor: Mapping[str, int]
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeclaredRow:
    """A line of a merchant's declarations: the SKU by the merchant's own id; prices are texts with a decimal point."""

    line: int
    sku: str
    hall: str
    units: int
    buyer_limit: int
    prices: Mapping[str, str]
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PricedDeal:
    """A deal as it is to be made: what it costs by market, in minor units with their currency."""

    sku_id: int
    lane: int
    hall: str
    units: int
    buyer_limit: int
    prices: Mapping[str, tuple[int, str]]
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def approvals_needed(*, found: bool) -> int:
    """Return how many people have to approve a declaration, none of whom declared it."""
    return APPROVALS_OF_FOUND if found else APPROVALS_OF_CLEAN


def state_after_approvals(*, approvals: int, found: bool) -> DeclarationState:
    """Return where a declaration stands after so many different people have approved this version of it."""
    if approvals >= approvals_needed(found=found):
        return DeclarationState.APPROVED
    return DeclarationState.NEEDS_SECOND if approvals else DeclarationState.SUBMITTED


def times_inside(
    *, opens_at: datetime | None, closes_at: datetime | None, festival_opens_at: datetime, festival_closes_at: datetime
) -> bool:
    """Return whether a deal would open before it closes, and both within its festival."""
    opens = opens_at or festival_opens_at
    closes = closes_at or festival_closes_at
    return festival_opens_at <= opens < closes <= festival_closes_at
