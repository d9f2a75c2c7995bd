"""What a source says about a merchant, before it has an id."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A merchant's warehouse."""

    name: str
    city: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class MerchantRecord:
    """A merchant as a source describes it, found again by `slug`; `currency` is that of its home prices."""

    slug: str
    name: str
    kind: str
    country: str
    currency: str
    commission_bps: int
    place: PlaceRecord
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MerchantKey:
    """A merchant's id and the lane in which it trades."""

    id: int
    lane: int
