"""Reads of merchants' places: where their goods are sent from, as far as somebody stated it."""

from collections.abc import Collection
from dataclasses import dataclass

from fairground.inventory.models import Place


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A place as who looks after a merchant sees it; an empty country is one that nobody stated."""

    id: int
    name: str
    kind: str
    city: str
    country: str


def places_of(*, merchant_id: int) -> list[PlaceSeen]:
    """Return a merchant's places, the first made first."""
    rows = Place.objects.filter(merchant_id=merchant_id).order_by("id")
    return [PlaceSeen(*row) for row in rows.values_list("id", "name", "kind", "city", "country")]


def count_unstated(*, place_ids: Collection[int]) -> int:
    """Return of how many of these places nobody stated the country."""
    return Place.objects.filter(id__in=place_ids, country="").count()
