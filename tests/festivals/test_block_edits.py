"""Halls composed by hand: what an edit leaves behind, what it refuses, and what the database refuses by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.festivals.actions import edit_festival, shift_festival
from fairground.festivals.block_edits import (
    BlockChangedSince,
    BlockWrong,
    HallFull,
    NoSuchBlock,
    NoSuchHall,
    NoSuchPlace,
    add_block,
    edit_block,
    move_block,
    remove_block,
    switch_block,
)
from fairground.festivals.blocks import (
    BLOCKS_MAX,
    Block,
    Brands,
    Countdown,
    Deals,
    Kind,
    Matter,
    Mistake,
    Source,
    Text,
    Words,
    Wrong,
)
from fairground.festivals.composition import hall_blocks
from fairground.festivals.models import HallBlock
from fairground.festivals.rules import Period
from fairground.kernel.models import AuditEntry, Writer
from fairground.kernel.refusal import Refusal
from tests.factories import BY, NOW, NOW_MS, make_market
from tests.hall_making import DAY, FAR_OFF, make_hall

pytestmark = pytest.mark.django_db

NEXT = Block(Kind.DEALS, Deals(Source.NEXT))


@pytest.fixture
def hall() -> int:
    """A hall of a festival, in a market."""
    make_market()
    return make_hall().pk


def text(heading: str) -> Block:
    return Block(Kind.TEXT, Text(), {"en": Words(heading)})


def headings(hall_id: int) -> list[str]:
    """Return the headings of a hall's texts, in their order; their positions have no gap."""
    placed = hall_blocks(hall_id=hall_id)
    assert [one.position for one in placed] == list(range(1, len(placed) + 1))
    return [one.block.words["en"].heading for one in placed]


def audited() -> list[tuple[str, str, str, dict[str, Any]]]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", "subject_kind", "subject_id", "facts"))


def test_a_block_is_added_at_the_end_and_stands_in_the_audit_log(hall: int) -> None:
    first = add_block(hall_id=hall, block=text("One"), by=BY)
    second = add_block(hall_id=hall, block=NEXT, by=BY)

    placed = hall_blocks(hall_id=hall)
    assert [(one.id, one.position, one.version, one.block) for one in placed] == [
        (first, 1, 1, text("One")),
        (second, 2, 1, NEXT),
    ]
    assert audited()[0] == (
        "block-added",
        "hall",
        str(hall),
        {
            "block": [None, first],
            "position": [None, 1],
            "kind": [None, "text"],
            "settings": [None, {}],
            "texts": [None, {"en": {"heading": "One"}}],
            "markets": [None, []],
            "starts_at": [None, None],
            "ends_at": [None, None],
            "is_on": [None, True],
        },
    )


@pytest.mark.usefixtures("lone_writer")
def test_nobody_tells_the_writers_of_a_block(hall: int) -> None:
    before = list(Writer.objects.values_list("id", "offers_version"))

    add_block(hall_id=hall, block=NEXT, by=BY)

    assert list(Writer.objects.values_list("id", "offers_version")) == before


def test_a_block_is_edited_once_for_each_version(hall: int) -> None:
    block_id = add_block(hall_id=hall, block=text("One"), by=BY)
    later = Block(Kind.TEXT, Text(), {"en": Words("Two")}, ("EU",), NOW)

    assert edit_block(hall_id=hall, block_id=block_id, version=1, block=later, by=BY)
    with pytest.raises(BlockChangedSince):
        edit_block(hall_id=hall, block_id=block_id, version=1, block=text("Three"), by=BY)
    assert not edit_block(hall_id=hall, block_id=block_id, version=2, block=later, by=BY)

    (placed,) = hall_blocks(hall_id=hall)
    assert (placed.version, placed.block) == (2, later)
    assert [(verb, facts) for verb, _, _, facts in audited()[1:]] == [
        (
            "block-changed",
            {
                "block": [block_id, block_id],
                "texts": [{"en": {"heading": "One"}}, {"en": {"heading": "Two"}}],
                "markets": [[], ["EU"]],
                "starts_at": [None, "2026-11-11T00:00:00+00:00"],
            },
        )
    ]


def test_a_block_keeps_its_kind(hall: int) -> None:
    block_id = add_block(hall_id=hall, block=text("One"), by=BY)

    with pytest.raises(BlockChangedSince):
        edit_block(hall_id=hall, block_id=block_id, version=1, block=NEXT, by=BY)

    assert headings(hall) == ["One"]


@pytest.mark.parametrize(
    ("moved", "position", "order"),
    [
        ("A", 3, ["B", "C", "A", "D"]),
        ("D", 1, ["D", "A", "B", "C"]),
        ("B", 3, ["A", "C", "B", "D"]),
        ("C", 3, ["A", "B", "C", "D"]),
    ],
)
def test_a_block_is_moved_and_the_others_keep_their_order(
    hall: int, moved: str, position: int, order: list[str]
) -> None:
    ids = {name: add_block(hall_id=hall, block=text(name), by=BY) for name in "ABCD"}

    move_block(hall_id=hall, block_id=ids[moved], position=position, by=BY)

    assert headings(hall) == order


def test_what_is_removed_leaves_no_gap_and_its_words_in_the_audit_log(hall: int) -> None:
    ids = [add_block(hall_id=hall, block=text(name), by=BY) for name in "ABC"]

    remove_block(hall_id=hall, block_id=ids[1], by=BY)

    assert headings(hall) == ["A", "C"]
    verb, _, _, facts = audited()[-1]
    assert verb == "block-removed"
    assert facts["texts"] == [{"en": {"heading": "B"}}, None]
    assert facts["position"] == [2, None]


def test_a_block_rests_and_shows_again(hall: int) -> None:
    block_id = add_block(hall_id=hall, block=NEXT, by=BY)

    assert switch_block(hall_id=hall, block_id=block_id, is_on=False, by=BY)
    assert not switch_block(hall_id=hall, block_id=block_id, is_on=False, by=BY)

    (placed,) = hall_blocks(hall_id=hall)
    assert (placed.block.is_on, placed.version) == (False, 2)
    assert [facts["is_on"] for verb, _, _, facts in audited() if verb == "block-changed"] == [[True, False]]


@pytest.mark.usefixtures("lone_writer")
def test_blocks_keep_their_distance_to_the_opening_of_a_festival_that_is_moved(hall: int) -> None:
    night = Block(Kind.COUNTDOWN, Countdown(FAR_OFF), starts_at=FAR_OFF - DAY, ends_at=FAR_OFF + DAY)
    for block in (night, NEXT):
        add_block(hall_id=hall, block=block, by=BY)

    shift_festival(slug="fair", opens_at=FAR_OFF - 3 * DAY, now_ms=NOW_MS)
    shifted = [(one.block, one.version) for one in hall_blocks(hall_id=hall)]
    period = Period(FAR_OFF, FAR_OFF + 2 * DAY)
    edit_festival(slug="fair", name={"en": "Fair"}, period=period, by=BY)

    moved = Block(Kind.COUNTDOWN, Countdown(FAR_OFF - 3 * DAY), starts_at=FAR_OFF - 4 * DAY, ends_at=FAR_OFF - 2 * DAY)
    assert shifted == [(moved, 2), (NEXT, 1)]
    assert [(one.block, one.version) for one in hall_blocks(hall_id=hall)] == [(night, 3), (NEXT, 1)]


@pytest.mark.parametrize(
    ("kind", "matter", "field"),
    [
        (Kind.DEALS, Deals(Source.CATEGORY, of="nowhere"), "category"),
        (Kind.DEALS, Deals(Source.MERCHANT, of="nobody"), "merchant"),
        (Kind.DEALS, Deals(Source.SKUS, sku_ids=(5,)), "skus"),
        (Kind.BRANDS, Brands(("nobody",)), "merchants"),
        (Kind.TEXT, Text(product_id=5), "product"),
    ],
)
def test_what_the_shop_does_not_have_is_refused_by_name(hall: int, kind: Kind, matter: Matter, field: str) -> None:
    with pytest.raises(BlockWrong) as refused:
        add_block(hall_id=hall, block=Block(kind, matter, {"en": Words("Here")}), by=BY)

    assert refused.value.facts == {"mistakes": (Mistake(field, Wrong.UNKNOWN),)}
    assert (HallBlock.objects.count(), audited()) == (0, [])


def test_a_market_that_there_is_not_is_refused(hall: int) -> None:
    with pytest.raises(BlockWrong):
        add_block(hall_id=hall, block=Block(Kind.COUNTDOWN, Countdown(), markets=("EU", "XX")), by=BY)

    assert (HallBlock.objects.count(), audited()) == (0, [])


def test_a_hall_has_room_for_so_many_blocks(hall: int) -> None:
    for number in range(BLOCKS_MAX):
        add_block(hall_id=hall, block=text(str(number)), by=BY)

    with pytest.raises(HallFull):
        add_block(hall_id=hall, block=text("one more"), by=BY)

    assert headings(hall) == [str(number) for number in range(BLOCKS_MAX)]


REFUSED: list[tuple[type[Refusal], Callable[[int, int], object]]] = [
    (NoSuchHall, lambda hall, _block: add_block(hall_id=hall + 1, block=NEXT, by=BY)),
    (NoSuchHall, lambda hall, block: remove_block(hall_id=hall + 1, block_id=block, by=BY)),
    (NoSuchBlock, lambda hall, block: remove_block(hall_id=hall, block_id=block + 1, by=BY)),
    (NoSuchBlock, lambda hall, block: switch_block(hall_id=hall, block_id=block + 1, is_on=False, by=BY)),
    (NoSuchBlock, lambda hall, block: move_block(hall_id=hall, block_id=block + 1, position=1, by=BY)),
    (NoSuchPlace, lambda hall, block: move_block(hall_id=hall, block_id=block, position=0, by=BY)),
    (NoSuchPlace, lambda hall, block: move_block(hall_id=hall, block_id=block, position=2, by=BY)),
]


@pytest.mark.parametrize(("refusal", "edit"), REFUSED)
def test_what_is_not_there_is_refused_and_nothing_changes(
    hall: int, refusal: type[Refusal], edit: Callable[[int, int], object]
) -> None:
    block_id = add_block(hall_id=hall, block=text("A"), by=BY)

    with pytest.raises(refusal):
        edit(hall, block_id)

    assert (headings(hall), len(audited())) == (["A"], 1)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"position": 0}, "hallblock_position_in_range"),
        ({"position": BLOCKS_MAX + 1}, "hallblock_position_in_range"),
        ({"kind": "banner"}, "hallblock_kind_known"),
        ({"starts_at": NOW, "ends_at": NOW}, "hallblock_starts_before_it_ends"),
        ({"settings": []}, "hallblock_says_by_name"),
        ({"texts": "Tea"}, "hallblock_says_by_name"),
    ],
)
def test_the_database_refuses_what_no_rule_let_through(hall: int, columns: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        HallBlock.objects.create(**({"hall_id": hall, "position": 1, "kind": "deals"} | columns))

    assert HallBlock.objects.count() == 0


def test_two_blocks_never_have_one_position(hall: int) -> None:
    for _ in range(2):
        HallBlock.objects.create(hall_id=hall, position=1, kind="deals")

    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="hallblock_position_once"):
        cursor.execute("SET CONSTRAINTS hallblock_position_once IMMEDIATE")
