"""With several writers a limit lies in slices; what is left moves between them, and never becomes more."""

import pytest

from fairground.promotions.actions.levelling import level_allowances
from fairground.promotions.actions.uses import PromotionUse, return_uses, take_uses
from fairground.promotions.models import Allowance
from fairground.promotions.rules.collecting import is_uneven, level_slices
from fairground.promotions.rules.declaring import MarketTerms
from tests.factories import NOW_MS, make_market, make_shopper
from tests.promotion_making import make_promotion

LOW, HIGH = 10, 50  # a lane of writer 0, one of writer 1


def slices() -> list[tuple[int, int, int | None, int | None]]:
    """Return (lane, taken, bound of uses, bound of minor units) of each slice."""
    columns = ("lane", "taken", "taken_max", "amount_max_minor")
    return list(Allowance.objects.order_by("lane").values_list(*columns))


def use(promotion_id: int, *, lane: int) -> PromotionUse:
    return PromotionUse(promotion_id, "EU", lane, make_shopper(), 100, needs_coupon=False)


@pytest.mark.django_db
def test_a_slice_that_is_used_up_gets_half_of_what_the_other_has_left(two_writers: None) -> None:
    make_market()
    terms = {"EU": MarketTerms(1_000, 100, uses_max=10, amount_max_minor=5_000)}
    promotion = make_promotion(terms=terms)
    take_uses([use(promotion, lane=LOW) for _ in range(5)])

    assert level_allowances(now_ms=NOW_MS) == 1

    assert slices() == [(0, 5, 8, 2_750), (32, 0, 2, 2_250)]
    assert level_allowances(now_ms=NOW_MS) == 0
    return_uses([use(promotion, lane=LOW)])
    assert slices()[0][:2] == (0, 4)


@pytest.mark.django_db
def test_slices_that_are_even_enough_are_left_alone(two_writers: None) -> None:
    make_market()
    promotion = make_promotion(terms={"EU": MarketTerms(1_000, 100, uses_max=10)})
    take_uses([use(promotion, lane=HIGH) for _ in range(2)])

    assert level_allowances(now_ms=NOW_MS) == 0
    assert slices() == [(0, 0, 5, None), (32, 2, 5, None)]


@pytest.mark.django_db
def test_with_one_writer_there_is_nothing_to_level(lone_writer: object) -> None:
    make_market()
    make_promotion(terms={"EU": MarketTerms(1_000, 100, uses_max=10)})

    assert level_allowances(now_ms=NOW_MS) == 0


@pytest.mark.parametrize(
    ("left", "moved"), [([5, 0], [-2, 2]), ([0, 0, 7], [3, 2, -5]), ([1, 0], [0, 0]), ([3, 3], [0, 0])]
)
def test_levelling_moves_and_never_makes(left: list[int], moved: list[int]) -> None:
    assert level_slices(left) == moved
    assert sum(moved) == 0


@pytest.mark.parametrize(("left", "uneven"), [([5, 0], True), ([1, 0], False), ([3, 5], False), ([0, 0], False)])
def test_it_is_worth_a_turn_where_a_slice_has_less_than_half_of_its_share(left: list[int], uneven: bool) -> None:
    assert is_uneven(left) is uneven
