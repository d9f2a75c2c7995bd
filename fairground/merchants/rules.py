"""What a source says about a merchant, before it has an id."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# All of what an order comes to, in basis points.
COMMISSION_MAX_BPS = 10_000


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A merchant's warehouse. Where it is not `stated`, any that the merchant has will do, and this is a new one's."""

    name: str
    city: str
    country: str
    latitude: float
    longitude: float
    stated: bool = True


@dataclass(frozen=True, slots=True)
class MerchantRecord:
    """A merchant as a source describes it, found again by `slug`; `currency` is that of its home prices.

    Where the source knows the slug alone, `stated` is false and the rest is what a new merchant starts with.
    """

    slug: str
    name: str
    kind: str
    country: str
    currency: str
    commission_bps: int
    place: PlaceRecord
    about: Mapping[str, str] = field(default_factory=dict)
    stated: bool = True


@dataclass(frozen=True, slots=True)
class MerchantKey:
    """A merchant's id and the lane in which it trades."""

    id: int
    lane: int
