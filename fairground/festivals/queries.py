"""Reads of festivals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef

from fairground.festivals.models import Deal, Festival, Hall, HallBlock
from fairground.kernel.sql import array_text, load_sql

# A deal's buyer: (lane, deal id, shopper id).
DealBuyerKey = tuple[int, int, int]


def festival_exists(*, slug: str) -> bool:
    """Return whether there is a festival with this slug."""
    return Festival.objects.filter(slug=slug).exists()


def units_taken(buyers: Sequence[DealBuyerKey]) -> dict[tuple[int, int], int]:
    """Return the units that shoppers hold or bought of limited deals, by (deal id, shopper id); absent means none."""
    if not buyers:
        return {}
    lanes, deal_ids, shopper_ids = (array_text(column) for column in zip(*buyers, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("festivals", "units_taken"),
            {"lanes": lanes, "deal_ids": deal_ids, "shopper_ids": shopper_ids},
        )
        return {(deal_id, shopper_id): units for deal_id, shopper_id, units in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class HallFacts:
    """A hall; its name by language."""

    id: int
    slug: str
    name: Mapping[str, str]


def festival_halls(*, festival: str) -> list[HallFacts]:
    """Return the festival's halls that have a deal or a block, in the order in which they were made."""
    has_deal, has_block = (Exists(model.objects.filter(hall=OuterRef("id"))) for model in (Deal, HallBlock))
    halls = Hall.objects.filter(has_deal | has_block, festival=festival).order_by("id")
    return [HallFacts(*row) for row in halls.values_list("id", "slug", "name")]
