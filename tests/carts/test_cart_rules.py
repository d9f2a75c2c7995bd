"""What a cart may hold, two carts put together, and how a line stands at a moment."""

from datetime import timedelta

import pytest

from fairground.carts.rules import (
    ASIDE_LINES_MAX,
    KeptLine,
    Standing,
    Supply,
    merge_lines,
    standing_of,
)
from fairground.catalog.rules import LINES_MAX, QUANTITY_MAX
from fairground.inventory.rules import Asking
from tests.factories import NOW

ASKED = Asking(1_000, None, None, in_stock=True)


def kept(sku_id: int, *, quantity: int = 1, aside: bool = False, minutes: int = 0) -> KeptLine:
    return KeptLine(sku_id, quantity, aside, 1_000, "EUR", NOW + timedelta(minutes=minutes))


def test_the_same_goods_of_two_carts_are_added_up_to_the_bound() -> None:
    mine = [kept(1, quantity=2), kept(2, quantity=QUANTITY_MAX)]

    written = merge_lines(mine=mine, theirs=[kept(2, quantity=5), kept(1, quantity=3), kept(3, minutes=1)])

    assert written == [kept(1, quantity=5), kept(2, quantity=QUANTITY_MAX), kept(3, minutes=1)]


def test_what_is_in_one_cart_and_set_aside_in_the_other_is_in_the_cart() -> None:
    mine = [kept(1, quantity=2, aside=True), kept(2, quantity=2)]

    written = merge_lines(mine=mine, theirs=[kept(1, quantity=7), kept(2, quantity=7, aside=True)])

    assert written == [kept(1, quantity=7)]


def test_what_finds_no_room_is_set_aside_and_then_left_out() -> None:
    mine = [kept(number) for number in range(LINES_MAX - 1)]
    theirs = [kept(1_000 + number, minutes=number) for number in range(ASIDE_LINES_MAX + 3)]

    written = merge_lines(mine=mine, theirs=theirs)

    assert [line.sku_id for line in written] == [1_000 + number for number in range(ASIDE_LINES_MAX + 1)]
    assert [line.aside for line in written] == [False] + [True] * ASIDE_LINES_MAX


@pytest.mark.parametrize(
    ("units_left", "buyer_limit", "quantity", "standing", "had"),
    [
        (5, 0, 5, Standing.OFFERED, 5),
        (4, 0, 5, Standing.SHORT, 4),
        (0, 0, 1, Standing.SOLD_OUT, 0),
        (0, 2, 5, Standing.SOLD_OUT, 0),
        (9, 2, 2, Standing.OFFERED, 2),
        (9, 2, 3, Standing.LIMITED, 2),
        (3, 2, 5, Standing.LIMITED, 2),
        (2, 2, 5, Standing.SHORT, 2),
        (1, 2, 5, Standing.SHORT, 1),
    ],
)
def test_a_line_tells_what_it_is_short_of(
    units_left: int, buyer_limit: int, quantity: int, standing: Standing, had: int
) -> None:
    supply = Supply(units_left, buyer_limit)

    assert standing_of(on_sale=True, asking=ASKED, supply=supply, quantity=quantity) is standing
    assert supply.units_for(quantity) == had


def test_what_nobody_sells_any_more_or_not_here_says_so_before_anything_else() -> None:
    none = Supply(0, 0)

    assert standing_of(on_sale=False, asking=None, supply=none, quantity=1) is Standing.WITHDRAWN
    assert standing_of(on_sale=True, asking=None, supply=none, quantity=1) is Standing.NOT_SOLD_HERE
