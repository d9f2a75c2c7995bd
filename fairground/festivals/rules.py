"""What is said about a festival and its deals before they have ids."""

from collections.abc import Mapping
from dataclasses import dataclass


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
