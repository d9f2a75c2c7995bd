"""Reads of what halls are composed of, and of the moments in which their deals open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models.functions import Coalesce

from fairground.festivals.blocks import Block, Opening, read_block
from fairground.festivals.models import DealPrice, Hall, HallBlock
from fairground.kernel.sql import load_sql


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block at its place in a hall, the first being 1; `version` grows with every edit."""

    id: int
    hall_id: int
    position: int
    version: int
    block: Block


@dataclass(frozen=True, slots=True)
class ComposedHall:
    """A hall for who composes it."""

    id: int
    slug: str
    name: Mapping[str, str]
    festival: str
    currency: str
    opens_at: datetime
    closes_at: datetime


def hall_blocks(*, hall_id: int) -> tuple[PlacedBlock, ...]:
    """Return all blocks of a hall in their order: those of every market, and those that show later or never."""
    return tuple(map(placed_block, HallBlock.objects.filter(hall=hall_id).order_by("position")))


def placed_block(row: HallBlock) -> PlacedBlock:
    """Return the block of a row, which was checked before it was written."""
    block = read_block(
        kind=row.kind,
        settings=row.settings,
        texts=row.texts,
        markets=row.markets,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_on=row.is_on,
    )
    assert isinstance(block, Block), (row.pk, block)
    return PlacedBlock(row.pk, row.hall_id, row.position, row.version, block)


def composed_hall(*, hall_id: int) -> ComposedHall | None:
    """Return a hall, or None where there is none."""
    found = Hall.objects.filter(id=hall_id).select_related("festival").first()
    if found is None:
        return None
    festival = found.festival
    moments = (festival.opens_at, festival.closes_at)
    return ComposedHall(found.pk, found.slug, found.name, festival.slug, festival.currency, *moments)


def hall_openings(*, hall_id: int, market: str) -> tuple[Opening, ...]:
    """Return the moments in which deals of a hall open and close in a market, each pair once, the first first."""
    prices = DealPrice.objects.filter(deal__hall=hall_id, market=market).annotate(
        opens=Coalesce("opens_at", "deal__opens_at"), closes=Coalesce("closes_at", "deal__closes_at")
    )
    moments = prices.order_by("opens", "closes").values_list("opens", "closes").distinct()
    return tuple(Opening(*one) for one in moments)


def products_opening(*, hall_id: int, market: str, opens_at: datetime, products_max: int) -> tuple[int, ...]:
    """Return products of a hall whose deals open at a moment in a market, the greatest discount first."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("festivals", "products_opening"),
            {"hall_id": hall_id, "market": market, "opens_at": opens_at, "products_max": products_max},
        )
        return tuple(product_id for (product_id,) in cursor)
