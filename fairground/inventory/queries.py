"""Reads of stock."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from fairground.inventory.models import Stock
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql


@dataclass(frozen=True, slots=True)
class DealToFreeze:
    """A deal without a stock row of its own, and the SKU's row with most units free; without one, no units are."""

    lane: int
    id: int
    sku_id: int
    units: int
    stock_id: int
    place_id: int
    free: int


def deals_to_freeze(*, festival: str, deals_max: int | None) -> list[DealToFreeze]:
    """Return the festival's deals that have no stock row of their own, by id."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "deals_to_freeze"), {"festival": festival, "deals_max": deals_max})
        return [DealToFreeze(*row) for row in cursor.fetchall()]


def deal_units_left() -> dict[int, int]:
    """Return how many units each deal has left, by deal id."""
    left = F("units") - F("reserved") - F("sold")
    return dict(Stock.objects.filter(deal_id__isnull=False).values_list("deal_id", left))


def free_units(stock_ids: Collection[int]) -> dict[int, int]:
    """Return how many units of each stock row are free, by stock id; true until commit for who holds the turn."""
    if not stock_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "free_units"),
            {"lanes": array_text(map(lane_of, stock_ids)), "ids": array_text(stock_ids)},
        )
        return dict(cursor.fetchall())
