"""Cases at once: two answers, two about the same units, one beside a cancellation, a deadline beside an answer."""

from collections.abc import Callable, Iterator
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.moving import CaseMoved
from fairground.aftersales.actions.open_case import CaseThereAlready
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case, CaseEvent
from fairground.aftersales.rules import CaseReason, CaseState, Happened, Who
from fairground.checkout.actions.advance_orders import OrderNotReady, advance_orders
from fairground.checkout.rules.refunding import OrderNotRefundable, TooManyUnits, UnitsInCase
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.held import UnitsHeld
from fairground.orders.models import Order
from fairground.orders.rules import Step
from tests.cases import ask, by, days, held_units, receive, ship, state_of
from tests.concurrency.racing import at_once
from tests.factories import make_market
from tests.refunding import LATER_MS, Scene, back, escrow_minor, make_scene, refund_sums

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(committing_writers: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs)
    return made


def tried(do: Callable[[], object], *refusals: type[Refusal]) -> Callable[[], bool]:
    """Return an attempt that says whether it was done, or refused for one of these reasons."""

    def attempt() -> bool:
        try:
            do()
        except refusals:
            return False
        return True

    return attempt


def answer(case_id: int, *, accepted: bool) -> None:
    """Answer as somebody who saw the case open."""
    said = Answer(accepted=accepted, seen=CaseState.OPENED, waived=True, text="It was worn.")
    answer_case(case_id=case_id, answer=said, who=Who.MERCHANT, by=by())


def test_of_answers_at_once_one_counts_and_the_case_pays_once(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 2)

    done = at_once(
        [tried(lambda: answer(opened.case_id, accepted=True), CaseMoved)] * 3
        + [tried(lambda: answer(opened.case_id, accepted=False), CaseMoved)] * 3
    )

    assert sum(done) == 1
    paid = 2 if state_of(opened.case_id) is CaseState.REFUNDED else 0
    assert refund_sums(scene.chairs)["units"] == paid
    assert CaseEvent.objects.filter(kind=Happened.REFUNDED).count() == paid // 2
    assert accounts_that_disagree() == []


def test_of_goods_that_two_receive_at_once_the_money_goes_back_once(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 3)
    answer_case(
        case_id=opened.case_id,
        answer=Answer(accepted=True, seen=CaseState.OPENED),
        who=Who.MERCHANT,
        by=by(),
    )

    done = at_once([tried(lambda: receive(opened.case_id, 3, sellable=3), CaseMoved)] * 4)

    assert sum(done) == 1
    assert refund_sums(scene.chairs)["paid_minor"] == Order.objects.get(id=scene.chairs).total_minor
    assert escrow_minor(scene.chair) == 0


def test_of_cases_about_the_same_units_opened_at_once_one_is_opened(scene: Scene) -> None:
    done = at_once([tried(lambda: ask(scene, scene.chairs, 2, seen=0), CaseThereAlready, UnitsInCase)] * 4)

    assert (sum(done), Case.objects.count(), held_units(scene.chairs)) == (1, 1, 2)


def test_a_case_and_refunds_past_it_at_once_never_have_more_units_than_there_are(scene: Scene) -> None:
    refused = (CaseThereAlready, UnitsInCase, TooManyUnits)
    at_once(
        [tried(lambda: ask(scene, scene.chairs, 2), *refused)] * 2
        + [tried(lambda: back(scene.chairs, 1, 1), *refused)] * 4
    )

    assert held_units(scene.chairs) + refund_sums(scene.chairs)["units"] <= 3
    assert accounts_that_disagree() == []


def test_a_case_and_a_cancellation_at_once_pay_each_unit_once(scene: Scene) -> None:
    def cancel() -> None:
        advance_orders(order_ids=[scene.lamps], then=Step.CANCELLED, now_ms=LATER_MS)

    at_once(
        [
            tried(lambda: ask(scene, scene.lamps, 1, reason=CaseReason.CHANGED_MIND), OrderNotRefundable),
            tried(cancel, OrderNotReady),
        ]
    )

    order = Order.objects.get(id=scene.lamps)
    assert (order.state, refund_sums(scene.lamps)["units"]) == (Step.CANCELLED, 2)
    assert refund_sums(scene.lamps)["paid_minor"] == order.total_minor
    assert accounts_that_disagree() == []


def test_a_deadline_that_passes_while_somebody_answers_is_one_answer(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 1)

    at_once(
        [lambda: bool(sweep_cases(now=days(3)))] * 2
        + [tried(lambda: answer(opened.case_id, accepted=False), CaseMoved)]
    )

    kinds = list(CaseEvent.objects.filter(case_id=opened.case_id).values_list("kind", flat=True))
    assert sorted(kinds) in ([Happened.OPENED, Happened.ACCEPTED], [Happened.OPENED, Happened.REFUSED])
    assert (held_units(scene.chairs), refund_sums(scene.chairs)["units"]) == (1, 0)


def hold_naively(scene: Scene, case_id: int, both_have_looked: Barrier) -> bool:
    """Look whether two units are free, and hold them: past the actions and their turn."""
    free = 3 - held_units(scene.chairs)
    both_have_looked.wait()
    try:
        with transaction.atomic():
            UnitsHeld.objects.create(
                lane=lane_of(scene.chairs), order_id=scene.chairs, line_no=1, case_id=case_id, units=2
            )
    except IntegrityError:
        return False
    return free >= 2


def race_naively(scene: Scene) -> int:
    """Let two hold two units each at once without a turn, and return how many of three are held."""
    both = Barrier(2, timeout=60)
    at_once([lambda: hold_naively(scene, 1, both), lambda: hold_naively(scene, 2, both)])
    return held_units(scene.chairs)


def test_whoever_holds_units_without_a_turn_is_stopped_by_the_database(scene: Scene) -> None:
    assert race_naively(scene) == 2


@pytest.fixture
def unguarded(scene: Scene) -> Iterator[Scene]:
    """Held units without the trigger."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_unitsheld DISABLE TRIGGER inv_31_units_within_line")
    yield scene
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_unitsheld ENABLE TRIGGER inv_31_units_within_line")


def test_without_turn_and_trigger_more_is_held_than_there_is(unguarded: Scene) -> None:
    """The negative control: both look before either writes, as nothing keeps them from it."""
    assert race_naively(unguarded) == 4
