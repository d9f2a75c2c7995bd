"""Several people compose one hall at once: real threads, real commits, with the lock and without."""

from collections.abc import Callable
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from fairground.festivals.block_edits import (
    BlockChangedSince,
    HallFull,
    add_block,
    columns_of,
    edit_block,
    move_block,
    remove_block,
)
from fairground.festivals.blocks import BLOCKS_MAX, Block, Kind, Text, Words
from fairground.festivals.composition import hall_blocks
from fairground.festivals.models import HallBlock
from tests.concurrency.racing import PATIENCE_S, at_once
from tests.factories import BY, make_market
from tests.hall_making import make_hall

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hall_id() -> int:
    """A hall without blocks."""
    make_market()
    return make_hall().pk


def text(heading: object) -> Block:
    return Block(Kind.TEXT, Text(), {"en": Words(str(heading))})


def add(hall_id: int, heading: object) -> str:
    """Add a block, and tell what came of it."""
    try:
        add_block(hall_id=hall_id, block=text(heading), by=BY)
    except HallFull:
        return "full"
    return "added"


def edit(hall_id: int, block_id: int, heading: object) -> str:
    """Edit a block's first version, and tell what came of it."""
    try:
        edit_block(hall_id=hall_id, block_id=block_id, version=1, block=text(heading), by=BY)
    except BlockChangedSince:
        return "changed since"
    return "edited"


def positions(hall_id: int) -> list[int]:
    return [one.position for one in hall_blocks(hall_id=hall_id)]


def test_of_sixteen_at_once_a_hall_takes_twelve(hall_id: int) -> None:
    outcomes = at_once([partial(add, hall_id, number) for number in range(16)])

    assert sorted(outcomes) == ["added"] * BLOCKS_MAX + ["full"] * 4
    assert positions(hall_id) == list(range(1, BLOCKS_MAX + 1))


def test_of_several_who_edit_the_same_version_one_writes(hall_id: int) -> None:
    block_id = add_block(hall_id=hall_id, block=text("first"), by=BY)

    outcomes = at_once([partial(edit, hall_id, block_id, number) for number in range(8)])

    assert sorted(outcomes) == ["changed since"] * 7 + ["edited"]
    assert [one.version for one in hall_blocks(hall_id=hall_id)] == [2]


def test_whoever_adds_moves_and_removes_at_once_leaves_no_gap(hall_id: int) -> None:
    ids = [add_block(hall_id=hall_id, block=text(number), by=BY) for number in range(8)]
    deeds: list[Callable[[], object]] = [partial(add, hall_id, number) for number in range(8, 11)]
    deeds += [partial(remove_block, hall_id=hall_id, block_id=one, by=BY) for one in ids[:2]]
    deeds += [partial(move_block, hall_id=hall_id, block_id=one, position=2, by=BY) for one in ids[4:7]]

    at_once(deeds)

    assert positions(hall_id) == list(range(1, 10))


def test_without_the_lock_the_database_refuses_the_second(hall_id: int) -> None:
    both_have_looked = Barrier(2, timeout=PATIENCE_S)

    def add_unlocked() -> str:
        try:
            with transaction.atomic():
                last = HallBlock.objects.filter(hall=hall_id).count()
                both_have_looked.wait()
                HallBlock.objects.create(hall_id=hall_id, position=last + 1, **columns_of(text("one")))
        except IntegrityError as error:
            return "refused" if "hallblock_position_once" in str(error) else str(error)
        return "added"

    assert sorted(at_once([add_unlocked] * 2)) == ["added", "refused"]
    assert positions(hall_id) == [1]
