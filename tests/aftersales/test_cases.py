"""Cases step by step: exact money, units and stock, and each refusal that changes nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.aftersales.actions.answer_case import NoSuchPart
from fairground.aftersales.actions.moving import CaseMoved, NoSuchCase, TextMissing, TextTooLong, TooManyMessages
from fairground.aftersales.actions.open_case import (
    NotExchangeable,
)
from fairground.aftersales.actions.return_goods import send_back
from fairground.aftersales.actions.settling import NothingToExchange
from fairground.aftersales.actions.shopper_steps import escalate_case, withdraw_case, write_message
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case, CaseEvent, CaseLine, CaseMessage
from fairground.aftersales.rules import CaseReason, CaseState, Happened, Who
from fairground.catalog.models import Price
from fairground.checkout.rules.refunding import OrderNotRefundable, TooManyUnits, UnitsInCase
from fairground.inventory.models import Stock
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.models import AuditEntry
from fairground.kernel.refusal import Refusal
from fairground.orders.held import UnitsHeld
from fairground.orders.models import Order, Refund
from fairground.orders.rules import RefundReason, Step
from tests.books import Units, hot_rows, taken_by, units_of
from tests.cases import (
    LATER,
    accept,
    ask,
    by,
    confirm,
    days,
    held_units,
    make_variant,
    receive,
    refuse,
    send,
    send_other,
    ship,
    state_of,
)
from tests.factories import make_market
from tests.refunding import WALLET, Scene, back, make_scene, refund_sums, wallet_minor


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs, made.lamps)
    return made


def happened(case_id: int) -> list[Happened]:
    """Return a case's history."""
    return [
        Happened(one) for one in CaseEvent.objects.filter(case_id=case_id).order_by("id").values_list("kind", flat=True)
    ]


def everything() -> list[object]:
    """Return all that a refusal must leave as it was."""
    tables = (Case, CaseLine, CaseMessage, CaseEvent, UnitsHeld)
    return [hot_rows(), *[sorted(table.objects.values_list(), key=repr) for table in tables]]


def assert_refused(refusal: type[Refusal], do: Callable[[], object]) -> None:
    """Assert that it is refused, and that nothing changed."""
    before = everything()
    with pytest.raises(refusal):
        do()
    assert everything() == before


def test_a_return_pays_for_what_came_back_and_puts_on_the_shelf_what_is_as_new(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 2, text="Both wobble.")
    assert (opened.state, opened.paid_minor, held_units(scene.chairs)) == (CaseState.OPENED, 0, 2)
    assert accept(opened.case_id) is CaseState.ACCEPTED
    send(scene, opened.case_id)
    before = wallet_minor(scene.shopper_id)

    assert receive(opened.case_id, 2, sellable=1) is CaseState.REFUNDED

    sums = refund_sums(scene.chairs)
    assert sums["units"] == 2
    assert wallet_minor(scene.shopper_id) == before + sums["paid_minor"]
    assert units_of(scene.chair.deal_stock_id) == Units(5, reserved=0, sold=2)
    assert taken_by(deal_id=scene.chair.deal_id, shopper_id=scene.shopper_id) == 2
    assert held_units(scene.chairs) == 0
    line = CaseLine.objects.get()
    assert (line.units_paid, line.paid_minor, line.refund_nos) == (2, sums["paid_minor"], [1, 2])
    assert happened(opened.case_id) == [
        Happened.OPENED,
        Happened.ACCEPTED,
        Happened.SENT,
        Happened.RECEIVED,
        Happened.REFUNDED,
    ]
    assert Order.objects.get(id=scene.chairs).state == Step.DELIVERED


def test_all_units_in_any_parts_give_what_was_paid(scene: Scene) -> None:
    for sellable in (1, 0, 1):
        opened = ask(scene, scene.chairs, 1)
        accept(opened.case_id)
        receive(opened.case_id, 1, sellable=sellable)

    assert refund_sums(scene.chairs)["paid_minor"] == Order.objects.get(id=scene.chairs).total_minor


def test_the_merchant_may_pay_for_a_part_and_want_nothing_back(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 3)

    assert accept(opened.case_id, units=1, waived=True) is CaseState.REFUNDED

    assert refund_sums(scene.chairs)["units"] == 1
    assert units_of(scene.chair.deal_stock_id).sold == 3
    assert held_units(scene.chairs) == 0


def test_what_never_came_is_paid_without_a_return(scene: Scene) -> None:
    opened = ask(scene, scene.lamps, 1, reason=CaseReason.MISSING)

    assert accept(opened.case_id) is CaseState.REFUNDED

    assert [RefundReason(one) for one in Refund.objects.values_list("reason", flat=True)] == [RefundReason.MISSING]


def test_who_does_not_answer_in_time_has_accepted_a_return_once_and_pays_nothing_else(
    scene: Scene,
) -> None:
    missing = ask(scene, scene.lamps, 1, reason=CaseReason.MISSING)
    faulty = ask(scene, scene.chairs, 1)
    before, wallet_before = everything(), wallet_minor(scene.shopper_id)
    assert sweep_cases(now=days(3) - timedelta(seconds=1)) == 0
    assert everything() == before

    assert sweep_cases(now=days(3)) == 2

    assert (state_of(missing.case_id), state_of(faulty.case_id)) == (CaseState.ESCALATED, CaseState.ACCEPTED)
    assert wallet_minor(scene.shopper_id) == wallet_before
    assert sweep_cases(now=days(3)) == 0
    assert Case.objects.get(id=faulty.case_id).due_at == days(17)


def test_what_is_not_sent_back_expires_and_what_is_not_received_goes_to_the_operator(scene: Scene) -> None:
    forgotten, lost = ask(scene, scene.lamps, 1), ask(scene, scene.chairs, 1)
    for one in (forgotten, lost):
        accept(one.case_id)
    send(scene, lost.case_id)

    assert sweep_cases(now=days(14)) == 2

    assert (state_of(forgotten.case_id), state_of(lost.case_id)) == (CaseState.EXPIRED, CaseState.ESCALATED)
    assert (held_units(scene.lamps), held_units(scene.chairs)) == (0, 1)
    assert accept(lost.case_id, waived=True, who=Who.OPERATOR, now=days(15)) is CaseState.REFUNDED


def test_a_refusal_is_escalated_and_the_operator_decides_any_part(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 3)
    assert refuse(opened.case_id) is CaseState.REFUSED
    escalate_case(case_id=opened.case_id, shopper_id=scene.shopper_id, text="It was not.", now=days(13))
    assert_refused(CaseMoved, lambda: accept(opened.case_id, who=Who.MERCHANT, now=days(13)))

    assert accept(opened.case_id, units=2, waived=True, who=Who.OPERATOR, now=days(14)) is CaseState.REFUNDED

    assert refund_sums(scene.chairs)["units"] == 2


def test_a_refusal_stands_when_nobody_escalates_or_the_operator_agrees(scene: Scene) -> None:
    first, second = ask(scene, scene.chairs, 1), ask(scene, scene.lamps, 1)
    refuse(first.case_id)
    refuse(second.case_id)
    escalate_case(case_id=second.case_id, shopper_id=scene.shopper_id, text="No.", now=LATER)

    assert refuse(second.case_id, who=Who.OPERATOR) is CaseState.CLOSED
    late = days(14)
    assert_refused(
        CaseMoved, lambda: escalate_case(case_id=first.case_id, shopper_id=scene.shopper_id, text="No.", now=late)
    )
    sweep_cases(now=late)
    assert state_of(first.case_id) is CaseState.CLOSED
    assert wallet_minor(scene.shopper_id) == WALLET - scene.placed.total_minor


def test_of_what_is_not_shipped_the_money_is_back_at_once(two_writers: None) -> None:
    make_market()
    scene = make_scene()

    opened = ask(scene, scene.lamps, 2, reason=CaseReason.CHANGED_MIND)

    order = Order.objects.get(id=scene.lamps)
    assert (opened.state, opened.paid_minor) == (CaseState.REFUNDED, order.total_minor)
    assert order.state == Step.CANCELLED
    assert units_of(scene.lamp.stock_id).sold == 0


def test_in_an_exchange_the_other_unit_waits_until_the_first_one_is_back(scene: Scene) -> None:
    other = make_variant(scene.lamp, units=2)
    opened = ask(scene, scene.lamps, 2, swap_sku_id=other.id)
    assert accept(opened.case_id) is CaseState.ACCEPTED
    assert units_of(other.stock_id) == Units(2, reserved=2, sold=0)

    assert receive(opened.case_id, 1, sellable=1) is CaseState.REPLACING

    assert units_of(other.stock_id) == Units(2, reserved=1, sold=0)
    assert units_of(scene.lamp.stock_id) == Units(100, reserved=0, sold=1)
    assert wallet_minor(scene.shopper_id) == WALLET - scene.placed.total_minor
    assert Refund.objects.count() == 0


def test_what_was_exchanged_before_is_paid_and_put_on_no_shelf_by_itself(scene: Scene) -> None:
    other = make_variant(scene.lamp)
    exchanged = ask(scene, scene.lamps, 1, swap_sku_id=other.id)
    accept(exchanged.case_id)
    receive(exchanged.case_id, 1, sellable=1)
    send_other(exchanged.case_id)
    confirm(scene, exchanged.case_id)
    opened = ask(scene, scene.lamps, 1)
    accept(opened.case_id)

    assert receive(opened.case_id, 1, sellable=1) is CaseState.REFUNDED

    assert units_of(scene.lamp.stock_id).sold == 1
    assert not Refund.objects.get().restocked


def test_an_exchange_that_is_sold_out_is_refused_to_the_merchant_and_money_for_who_waits(scene: Scene) -> None:
    other = make_variant(scene.lamp, units=1)
    opened = ask(scene, scene.lamps, 2, swap_sku_id=other.id)
    assert_refused(NothingToExchange, lambda: accept(opened.case_id))

    sweep_cases(now=days(3))

    assert state_of(opened.case_id) is CaseState.ACCEPTED
    assert Happened.NO_LONGER_THERE in happened(opened.case_id)
    assert units_of(other.stock_id) == Units(1, reserved=0, sold=0)
    assert receive(opened.case_id, 2, now=days(4)) is CaseState.REFUNDED


@pytest.mark.parametrize("wrong", ["dearer", "off sale", "another product", "nothing", "not shipped"])
def test_goods_are_exchanged_for_the_same_product_at_the_same_price_alone(scene: Scene, wrong: str) -> None:
    made: dict[str, Callable[[], int]] = {
        "dearer": lambda: make_variant(scene.lamp, price_minor=5_002).id,
        "off sale": lambda: make_variant(scene.lamp, on_sale=False).id,
        "another product": lambda: scene.chair.id,
        "nothing": lambda: 7,
        "not shipped": lambda: make_variant(scene.lamp).id,
    }
    swap = made[wrong]()
    if wrong == "not shipped":
        Order.objects.filter(id=scene.lamps).update(state=Step.PAID, delivered_at=None, shipped_at=None)

    assert_refused(NotExchangeable, lambda: ask(scene, scene.lamps, 1, swap_sku_id=swap))


def test_what_a_case_is_about_goes_back_by_nothing_else(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 2)
    assert_refused(UnitsInCase, lambda: back(scene.chairs, 1, 2))
    assert_refused(UnitsInCase, lambda: ask(scene, scene.chairs, 2))
    back(scene.chairs, 1, 1)
    assert_refused(TooManyUnits, lambda: ask(scene, scene.chairs, 3))

    withdraw_case(case_id=opened.case_id, shopper_id=scene.shopper_id, now=LATER)

    back(scene.chairs, 1, 2)


def test_a_case_pays_once_and_is_answered_once(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 1)
    accept(opened.case_id)
    assert_refused(CaseMoved, lambda: accept(opened.case_id))
    receive(opened.case_id, 1)

    for again in (
        lambda: receive(opened.case_id, 1),
        lambda: accept(opened.case_id, who=Who.OPERATOR),
        lambda: send(scene, opened.case_id),
        lambda: withdraw_case(case_id=opened.case_id, shopper_id=scene.shopper_id, now=LATER),
    ):
        assert_refused(CaseMoved, again)


@pytest.mark.parametrize(("units", "sellable"), [(3, 0), (-1, 0), (1, 2), (1, -1)])
def test_no_more_comes_back_than_was_agreed_to(scene: Scene, units: int, sellable: int) -> None:
    opened = ask(scene, scene.chairs, 2)
    accept(opened.case_id, units=2)

    assert_refused(NoSuchPart, lambda: receive(opened.case_id, units, sellable=sellable))


@pytest.mark.parametrize("units", [-1, 0, 4, 2**40])
def test_no_more_is_agreed_to_than_was_asked_for(scene: Scene, units: int) -> None:
    opened = ask(scene, scene.chairs, 3)

    assert_refused(NoSuchPart, lambda: accept(opened.case_id, units=units))


def test_somebody_elses_case_and_one_that_is_not_there_are_not_found(scene: Scene) -> None:
    opened, other = ask(scene, scene.chairs, 1), make_scene().shopper_id
    accept(opened.case_id)

    for do in (
        lambda: send_back(case_id=opened.case_id, shopper_id=other, tracking="1", now=LATER),
        lambda: withdraw_case(case_id=opened.case_id, shopper_id=other, now=LATER),
        lambda: escalate_case(case_id=opened.case_id, shopper_id=other, text="x", now=LATER),
        lambda: write_message(case_id=opened.case_id, who=Who.SHOPPER, text="x", by=by(), shopper_id=other),
        lambda: receive(opened.case_id + 1, 1),
        lambda: accept_missing(2**62 - 1),
    ):
        assert_refused(NoSuchCase, do)


def accept_missing(case_id: int) -> None:
    """Receive goods of a case whose number no lane has."""
    receive(case_id, 1)


def test_words_are_needed_and_bounded(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 1)

    assert_refused(TextMissing, lambda: refuse(opened.case_id, text=" \0 "))
    assert_refused(TextTooLong, lambda: refuse(opened.case_id, text="x" * 2_001))
    for _ in range(60):
        write_message(case_id=opened.case_id, who=Who.MERCHANT, text="x", by=by())
    assert_refused(TooManyMessages, lambda: write_message(case_id=opened.case_id, who=Who.MERCHANT, text="x", by=by()))


def test_nothing_is_asked_about_an_order_that_is_cancelled_or_of_another_purchase(two_writers: None) -> None:
    make_market()
    scene, other = make_scene(), make_scene()
    back(scene.lamps, 1, 2)

    assert_refused(OrderNotRefundable, lambda: ask(scene, scene.lamps, 1))
    assert_refused(OrderNotRefundable, lambda: ask(scene, other.lamps, 1))


def test_what_the_staff_did_is_in_the_audit_log(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 1)

    write_message(case_id=opened.case_id, who=Who.MERCHANT, text="Which leg?", by=By(user_id=7, now=LATER))

    entry = AuditEntry.objects.get(subject_kind="case")
    assert (entry.verb, entry.subject_kind, entry.subject_id, entry.user_id) == (
        "case-written",
        "case",
        str(opened.case_id),
        7,
    )
    assert "leg" not in str(entry.facts)


def test_a_fallen_price_is_not_given_twice(scene: Scene) -> None:
    Price.objects.filter(sku_id=scene.lamp.id).update(price_minor=4_000)
    opened = ask(scene, scene.lamps, 2)
    accept(opened.case_id)

    receive(opened.case_id, 2)

    assert refund_sums(scene.lamps)["paid_minor"] == Order.objects.get(id=scene.lamps).total_minor


def test_the_database_holds_no_more_units_than_the_line_has(scene: Scene) -> None:
    """INV-31 without the action."""
    ask(scene, scene.chairs, 2)
    row = {"lane": lane_of(scene.chairs), "order_id": scene.chairs, "line_no": 1, "case_id": 1}

    with pytest.raises(IntegrityError, match="INV-31"), transaction.atomic():
        UnitsHeld.objects.create(**row, units=2)
    UnitsHeld.objects.create(**row, units=1)
    with pytest.raises(IntegrityError, match="INV-31"), transaction.atomic():
        UnitsHeld.objects.filter(case_id=1).update(units=2)


def test_the_database_lets_a_case_pay_once_and_its_history_stand(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 1)
    accept(opened.case_id, waived=True)
    event = {"case_id": opened.case_id, "at": LATER, "who": 2}

    with pytest.raises(IntegrityError, match="inv_31_case_pays_once"), transaction.atomic():
        CaseEvent.objects.create(**event, kind=Happened.EXCHANGED)
    with pytest.raises(IntegrityError, match="INV-31"), transaction.atomic():
        CaseEvent.objects.filter(case_id=opened.case_id).update(who=3)
    with pytest.raises(IntegrityError, match="INV-31"), transaction.atomic():
        CaseEvent.objects.filter(case_id=opened.case_id).delete()
    with pytest.raises(IntegrityError, match="inv_31_caseline_pays_once"), transaction.atomic():
        CaseLine.objects.filter(case_id=opened.case_id).update(units_paid=2)


def test_stock_of_a_deal_is_not_what_goods_are_exchanged_for(scene: Scene) -> None:
    Stock.objects.filter(id=scene.chair.stock_id).update(units=0)
    opened = ask(scene, scene.chairs, 1, swap_sku_id=scene.chair.id)

    assert_refused(NothingToExchange, lambda: accept(opened.case_id))
