"""Verification of a realm with after-sale cases of every end: sound books pass, and each damage is seen."""

import pytest

from fairground.aftersales.actions.shopper_steps import withdraw_case
from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseReason
from fairground.festivals.models import Festival, Phase, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.orders.tasks import follow_purchases
from fairground.rehearsal.verify import Verification, verify_realm
from tests.cases import (
    LATER,
    accept,
    again,
    ask,
    confirm,
    exchange,
    instead,
    lose,
    make_variant,
    receive,
    send_other,
    ship,
)
from tests.factories import NOW, make_market
from tests.refunding import make_scene
from tests.rehearsal.damages import CASE_DAMAGES, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def trade() -> None:
    """Pay for one, exchange one, take one back, and leave one that waits for an exchange, and some under way."""
    make_market()
    first, second, third, fourth = make_scene(), make_scene(), make_scene(), make_scene()
    fair = Festival.objects.get()
    Phase.objects.create(festival=fair, kind=PhaseKind.SALE, starts_at=fair.opens_at, ends_at=fair.closes_at)
    Transition.objects.create(
        festival=fair, kind=PhaseKind.SALE, edge=Edge.BEGINS, due_at=fair.opens_at, tried_at=NOW, done_at=NOW
    )
    ship(*[order_id for one in (first, second, third, fourth) for order_id in (one.chairs, one.lamps)])
    paid = ask(first, first.chairs, 2)
    accept(paid.case_id)
    receive(paid.case_id, 2, sellable=1)
    exchanged = exchange(first, first.lamps, 1, swap_sku_id=make_variant(first.lamp).id, sellable=1)
    send_other(exchanged)
    confirm(first, exchanged)
    taken_back = ask(second, second.chairs, 1, reason=CaseReason.MISSING)
    withdraw_case(case_id=taken_back.case_id, shopper_id=second.shopper_id, now=LATER)
    accept(ask(second, second.lamps, 2, swap_sku_id=make_variant(second.lamp).id).case_id, units=1)
    exchange(third, third.chairs, 1, swap_sku_id=make_variant(third.chair).id)
    under_way = exchange(third, third.lamps, 1, swap_sku_id=make_variant(third.lamp).id)
    send_other(under_way)
    lose(under_way)
    again(under_way)
    send_other(under_way, tracking="R2")
    for order_id, sku in ((fourth.chairs, fourth.chair), (fourth.lamps, fourth.lamp)):
        lost = exchange(fourth, order_id, 1, swap_sku_id=make_variant(sku).id)
        send_other(lost)
        lose(lost)
    instead(lost)
    follow_purchases()


def red(found: Verification) -> list[str]:
    return [check.key for check in found.checks if not check.ok]


def test_sound_books_with_cases_pass_every_check() -> None:
    trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    (check,) = [check for check in found.checks if check.key == "cases"]
    assert check.rows == Case.objects.count() == 8


@pytest.mark.parametrize(
    ("key", "damage"), CASE_DAMAGES, ids=[f"{key}-{at}" for at, (key, _) in enumerate(CASE_DAMAGES)]
)
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    trade()
    assert run(damage) > 0

    assert red(verify_realm(settled=True)) == [key]
