"""Reads of festivals."""

from collections.abc import Sequence

from django.db import connection

from fairground.festivals.models import Festival
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
