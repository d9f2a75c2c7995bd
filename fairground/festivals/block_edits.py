"""Halls composed by hand: blocks added, changed, moved and removed.

Batches know nothing of blocks, so no turn is taken: who edits a hall locks its row, and no other.
"""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Max

from fairground.catalog.models import Category, Product, Sku
from fairground.festivals.blocks import (
    BLOCKS_MAX,
    Block,
    Brands,
    Countdown,
    Deals,
    Mistake,
    Source,
    Text,
    Wrong,
    settings_of,
    words_of,
)
from fairground.festivals.composition import placed_block
from fairground.festivals.models import Hall, HallBlock
from fairground.kernel.edits import Act, By, Changes, changes_between, write_audit
from fairground.kernel.refusal import Refusal
from fairground.markets.models import Market
from fairground.merchants.models import Merchant


class NoSuchHall(Refusal):
    """There is no such hall."""


class NoSuchBlock(Refusal):
    """The hall has no such block."""


class HallFull(Refusal):
    """The hall has `blocks_max` blocks."""


class BlockChangedSince(Refusal):
    """The block is no longer what whoever edits it saw."""


class NoSuchPlace(Refusal):
    """The hall has fewer blocks."""


class BlockWrong(Refusal):
    """The block names what there is not; `mistakes` has each."""


def add_block(*, hall_id: int, block: Block, by: By) -> int:
    """Put a block at the end of a hall, and return its id.

    :raises NoSuchHall: nothing changed
    :raises HallFull: nothing changed
    :raises BlockWrong: nothing changed
    """
    with transaction.atomic():
        _lock_hall(hall_id)
        _refuse_unknown(block)
        blocks = HallBlock.objects.filter(hall=hall_id)
        last: int = blocks.aggregate(last=Max("position"))["last"] or 0
        if last >= BLOCKS_MAX:
            raise HallFull(hall_id=hall_id, blocks_max=BLOCKS_MAX)
        row = HallBlock.objects.create(hall_id=hall_id, position=last + 1, **columns_of(block))
        added = {name: (None, value) for name, value in _facts(block).items()}
        _log(by, "block-added", hall_id, {"block": (None, row.pk), "position": (None, last + 1), **added})
    return row.pk


def edit_block(*, hall_id: int, block_id: int, version: int, block: Block, by: By) -> bool:
    """Write another block in the place of one of the same kind; return whether anything changed.

    `version` is that of the block which whoever edits has seen.

    :raises NoSuchHall: nothing changed
    :raises NoSuchBlock: nothing changed
    :raises BlockChangedSince: nothing changed
    :raises BlockWrong: nothing changed
    """
    with transaction.atomic():
        was = _lock_block(hall_id, block_id)
        if was.version != version or was.kind != block.kind:
            raise BlockChangedSince(block_id=block_id)
        _refuse_unknown(block)
        columns = columns_of(block)
        before = {name: getattr(was, name) for name in columns}
        if before == columns:
            return False
        HallBlock.objects.filter(id=block_id).update(**columns, version=F("version") + 1)
        changed = changes_between(_told(before), _facts(block))
        _log(by, "block-changed", hall_id, {"block": (block_id, block_id), **changed})
    return True


def switch_block(*, hall_id: int, block_id: int, is_on: bool, by: By) -> bool:
    """Let a block show, or let it rest; return whether that is another state than before.

    :raises NoSuchHall: nothing changed
    :raises NoSuchBlock: nothing changed
    """
    with transaction.atomic():
        was = _lock_block(hall_id, block_id)
        if was.is_on == is_on:
            return False
        HallBlock.objects.filter(id=block_id).update(is_on=is_on, version=F("version") + 1)
        _log(by, "block-changed", hall_id, {"block": (block_id, block_id), "is_on": (was.is_on, is_on)})
    return True


def move_block(*, hall_id: int, block_id: int, position: int, by: By) -> None:
    """Put a block at a position, the first being 1; the others keep their order around it.

    :raises NoSuchHall: nothing changed
    :raises NoSuchBlock: nothing changed
    :raises NoSuchPlace: nothing changed
    """
    with transaction.atomic():
        was = _lock_block(hall_id, block_id).position
        blocks = HallBlock.objects.filter(hall=hall_id)
        if not 1 <= position <= blocks.count():
            raise NoSuchPlace(hall_id=hall_id, position=position)
        if was == position:
            return
        between = (min(was, position), max(was, position))
        step = 1 if position < was else -1
        blocks.filter(position__range=between).exclude(id=block_id).update(position=F("position") + step)
        blocks.filter(id=block_id).update(position=position)
        _log(by, "block-moved", hall_id, {"block": (block_id, block_id), "position": (was, position)})


def remove_block(*, hall_id: int, block_id: int, by: By) -> None:
    """Take a block out of a hall; those behind it move up. What it said stays in the audit log.

    :raises NoSuchHall: nothing changed
    :raises NoSuchBlock: nothing changed
    """
    with transaction.atomic():
        was = _lock_block(hall_id, block_id)
        said = {name: (value, None) for name, value in _told({name: getattr(was, name) for name in _COLUMNS}).items()}
        blocks = HallBlock.objects.filter(hall=hall_id)
        blocks.filter(id=block_id).delete()
        blocks.filter(position__gt=was.position).update(position=F("position") - 1)
        _log(by, "block-removed", hall_id, {"block": (block_id, None), "position": (was.position, None), **said})


def move_blocks_in_time(*, festival: str, shift: timedelta) -> None:
    """Let all blocks of a festival that start, end or count down at a moment keep their distance to its opening.

    Part of an action that moves the festival, which logs it.
    """
    halls = Hall.objects.select_for_update(no_key=True).filter(festival=festival).order_by("id")
    for row in HallBlock.objects.filter(hall__in=[hall.pk for hall in halls]):
        was = placed_block(row).block
        starts_at, ends_at = (moment and moment + shift for moment in (was.starts_at, was.ends_at))
        to = was.matter.to if isinstance(was.matter, Countdown) else None
        matter = Countdown(to + shift) if to else was.matter
        moved = replace(was, matter=matter, starts_at=starts_at, ends_at=ends_at)
        if moved != was:
            HallBlock.objects.filter(id=row.pk).update(**columns_of(moved), version=F("version") + 1)


_COLUMNS = ("kind", "settings", "texts", "markets", "starts_at", "ends_at", "is_on")


def columns_of(block: Block) -> dict[str, object]:
    """Return a block as its row has it."""
    values = (str(block.kind), settings_of(block.matter), words_of(block.words), list(block.markets))
    return dict(zip(_COLUMNS, (*values, block.starts_at, block.ends_at, block.is_on), strict=True))


def _facts(block: Block) -> dict[str, object]:
    return _told(columns_of(block))


def _told(columns: dict[str, object]) -> dict[str, object]:
    """Return columns as the audit log can keep them: moments as texts of ISO 8601."""
    moments = {name: columns[name] and str(columns[name]).replace(" ", "T") for name in ("starts_at", "ends_at")}
    return {**columns, **moments}


def _log(by: By, verb: str, hall_id: int, facts: Changes) -> None:
    write_audit(by=by, acts=[Act(verb, "hall", hall_id, facts)])


def _lock_hall(hall_id: int) -> None:
    if not Hall.objects.select_for_update(no_key=True).filter(id=hall_id).exists():
        raise NoSuchHall(hall_id=hall_id)


def _lock_block(hall_id: int, block_id: int) -> HallBlock:
    """Lock the hall, so that its blocks stay as they are, and return one of them."""
    _lock_hall(hall_id)
    found = HallBlock.objects.filter(hall=hall_id, id=block_id).first()
    if found is None:
        raise NoSuchBlock(hall_id=hall_id, block_id=block_id)
    return found


def _refuse_unknown(block: Block) -> None:
    """Refuse a block that names what the shop does not have."""
    unknown = []
    if set(block.markets) - set(Market.objects.filter(code__in=block.markets).values_list("code", flat=True)):
        unknown.append("markets")
    match block.matter:
        case Deals(source=Source.CATEGORY, of=code) if not Category.objects.filter(code=code).exists():
            unknown.append("category")
        case Deals(source=Source.MERCHANT, of=slug) if not Merchant.objects.filter(slug=slug).exists():
            unknown.append("merchant")
        case Deals(sku_ids=ids) if Sku.objects.filter(id__in=ids).count() < len(set(ids)):
            unknown.append("skus")
        case Brands(merchants=slugs) if Merchant.objects.filter(slug__in=slugs).count() < len(slugs):
            unknown.append("merchants")
        case Text(product_id=int(product_id)) if not Product.objects.filter(id=product_id).exists():
            unknown.append("product")
    if unknown:
        raise BlockWrong(mistakes=tuple(Mistake(one, Wrong.UNKNOWN) for one in unknown))
