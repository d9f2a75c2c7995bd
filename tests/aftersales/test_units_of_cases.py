"""Units that are none, fewer than none or more than any line has: no case is opened, answered or paid by them."""

import pytest

from fairground.aftersales.actions.answer_case import NoSuchPart
from fairground.checkout.rules.refunding import NoUnits, TooManyUnits
from fairground.kernel.refusal import Refusal
from tests.aftersales.test_cases import assert_refused
from tests.cases import accept, ask, receive, ship
from tests.factories import make_market
from tests.refunding import Scene, make_scene


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs, made.lamps)
    return made


@pytest.mark.parametrize(
    ("units", "refusal"), [(-1, NoUnits), (-(10**20), NoUnits), (0, NoUnits), (10**20, TooManyUnits)]
)
def test_a_case_about_no_units_or_more_than_there_are_numbers_for_is_refused(
    scene: Scene, units: int, refusal: type[Refusal]
) -> None:
    assert_refused(refusal, lambda: ask(scene, scene.chairs, units))


@pytest.mark.parametrize("units", [-1, 0, 10**20])
def test_an_answer_and_a_return_of_no_units_or_too_many_is_refused(scene: Scene, units: int) -> None:
    case_id = ask(scene, scene.chairs, 2).case_id

    assert_refused(NoSuchPart, lambda: accept(case_id, units=units))
    accept(case_id)
    if units:
        assert_refused(NoSuchPart, lambda: receive(case_id, units))
    assert_refused(NoSuchPart, lambda: receive(case_id, 1, sellable=-1))
