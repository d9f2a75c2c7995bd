"""Replacements step by step: exact stock and money, refusals that change nothing, and what the database refuses."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from fairground.aftersales.actions.moving import CaseMoved, NoSuchCase, TextMissing, TextTooLong
from fairground.aftersales.actions.open_case import AskedTooEarly, AskedTooLate
from fairground.aftersales.actions.replacing import (
    NotLateYet,
    ParcelWasLost,
    ReplacementSent,
    confirm_replacement,
    pay_instead,
    report_lost,
    send_replacement,
    settle_as_delivered,
)
from fairground.aftersales.actions.settling import NothingToExchange
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case, CaseEvent, CaseLine, CaseMessage, Replacement
from fairground.aftersales.rules import CaseReason, CaseState, ReplacementEnd, Who
from fairground.checkout.actions.receive_orders import CaseOpen, confirm_receipt
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.models import Market
from fairground.orders.held import UnitsHeld
from fairground.orders.models import Order, Refund
from tests.books import Units, hot_rows, taken_by, units_of
from tests.cases import (
    LATER,
    accept,
    again,
    ask,
    by,
    confirm,
    days,
    exchange,
    held_units,
    instead,
    lose,
    make_variant,
    receive,
    send_other,
    ship,
    state_of,
)
from tests.factories import SkuMade, make_market
from tests.refunding import WALLET, Scene, back, make_scene, refund_sums, wallet_minor


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs, made.lamps)
    return made


@pytest.fixture
def other(scene: Scene) -> SkuMade:
    return make_variant(scene.lamp, units=2)


def everything() -> list[object]:
    """Return all that a refusal must leave as it was."""
    tables = (Case, CaseLine, CaseMessage, CaseEvent, UnitsHeld, Replacement)
    return [hot_rows(), *[sorted(table.objects.values_list(), key=repr) for table in tables]]


def assert_refused(refusal: type[Refusal], do: Callable[[], object]) -> None:
    """Assert that it is refused, and that nothing changed."""
    before = everything()
    with pytest.raises(refusal):
        do()
    assert everything() == before


def ends() -> list[ReplacementEnd | None]:
    """Return what became of every replacement, in the order in which they were wanted."""
    return [
        None if one is None else ReplacementEnd(one)
        for one in Replacement.objects.order_by("id").values_list("end", flat=True)
    ]


def test_other_units_are_reserved_sold_when_they_leave_and_nothing_moves_when_they_come(
    scene: Scene, other: SkuMade
) -> None:
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id, sellable=1)
    assert (state_of(case_id), Case.objects.get().due_at) == (CaseState.REPLACING, days(7))
    assert units_of(other.stock_id) == Units(2, reserved=2, sold=0)

    assert send_other(case_id) == ReplacementSent(case_id, 1)
    assert (state_of(case_id), Case.objects.get().due_at) == (CaseState.REPLACED, days(30))
    assert units_of(other.stock_id) == Units(2, reserved=0, sold=2)
    assert held_units(scene.lamps) == 2
    confirm(scene, case_id, now=days(2))

    assert (state_of(case_id), held_units(scene.lamps), ends()) == (CaseState.EXCHANGED, 0, [ReplacementEnd.ARRIVED])
    assert units_of(other.stock_id) == Units(2, reserved=0, sold=2)
    assert units_of(scene.lamp.stock_id) == Units(100, reserved=0, sold=1)
    assert (wallet_minor(scene.shopper_id), Refund.objects.count()) == (WALLET - scene.placed.total_minor, 0)


def test_what_comes_back_of_less_is_replaced_and_the_rest_is_free_again(scene: Scene, other: SkuMade) -> None:
    case_id = ask(scene, scene.lamps, 2, swap_sku_id=other.id).case_id
    accept(case_id)

    receive(case_id, 1)

    assert units_of(other.stock_id) == Units(2, reserved=1, sold=0)


def test_where_nothing_has_to_come_back_the_others_have_to_be_sent_at_once(scene: Scene, other: SkuMade) -> None:
    case_id = ask(scene, scene.lamps, 1, reason=CaseReason.MISSING, swap_sku_id=other.id).case_id

    assert accept(case_id) is CaseState.REPLACING

    assert units_of(other.stock_id) == Units(2, reserved=1, sold=0)
    assert units_of(scene.lamp.stock_id).sold == 2


def test_the_same_parcel_twice_is_one(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id, tracking="r 1")
    before = everything()

    assert send_other(case_id, tracking="R1") == ReplacementSent(case_id, 1, replayed=True)
    assert everything() == before
    assert_refused(CaseMoved, lambda: send_other(case_id, tracking="R2"))


@pytest.mark.parametrize(
    ("carrier", "tracking", "refusal"),
    [
        (" ", "R1", TextMissing),
        ("x" * 61, "R1", TextTooLong),
        ("DHL", "x" * 61, TextTooLong),
        ("DHL", "R\x001", TextTooLong),
    ],
)
def test_a_parcel_has_a_carrier_and_a_number_that_fits(
    scene: Scene, other: SkuMade, carrier: str, tracking: str, refusal: type[Refusal]
) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)

    assert_refused(
        refusal,
        lambda: send_replacement(case_id=case_id, carrier=carrier, tracking_number=tracking, by=by()),
    )


def test_nobody_sends_what_is_not_theirs_or_not_there_or_not_wanted(scene: Scene, other: SkuMade) -> None:
    case_id = ask(scene, scene.lamps, 1, swap_sku_id=other.id).case_id
    other_shopper = make_scene().shopper_id
    assert_refused(CaseMoved, lambda: send_other(case_id))
    accept(case_id)
    assert_refused(CaseMoved, lambda: send_other(case_id))
    assert_refused(CaseMoved, lambda: instead(case_id))
    receive(case_id, 1)

    for refusal, do in (
        (
            NoSuchCase,
            lambda: send_replacement(
                case_id=case_id, carrier="DHL", tracking_number="", by=by(), merchant_id=scene.chair.merchant.id
            ),
        ),
        (NoSuchCase, lambda: send_other(case_id + 1)),
        (NoSuchCase, lambda: confirm_replacement(case_id=case_id, shopper_id=other_shopper, now=LATER)),
        (CaseMoved, lambda: confirm(scene, case_id)),
        (CaseMoved, lambda: lose(case_id)),
        (CaseMoved, lambda: again(case_id)),
        (CaseMoved, lambda: settle_as_delivered(case_id=case_id, text="It came.", by=by())),
        (
            NoSuchCase,
            lambda: pay_instead(case_id=case_id, who=Who.SHOPPER, by=by(days(9)), shopper_id=other_shopper),
        ),
    ):
        assert_refused(refusal, do)


def test_what_nobody_confirms_counts_as_received_after_thirty_days(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id)
    assert sweep_cases(now=days(30) - timedelta(seconds=1)) == 0

    assert sweep_cases(now=days(30)) == 1

    assert (state_of(case_id), ends()) == (CaseState.EXCHANGED, [ReplacementEnd.ARRIVED])
    assert sweep_cases(now=days(30)) == 0


def test_what_has_to_be_sent_or_was_lost_waits_for_somebody_however_late(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    assert sweep_cases(now=days(50)) == 0
    send_other(case_id, now=days(50))
    lose(case_id, now=days(51))

    assert sweep_cases(now=days(99)) == 0

    assert state_of(case_id) is CaseState.LOST


def test_a_shopper_says_after_a_week_that_nothing_came_and_others_are_sent(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id)

    def say(day: int) -> None:
        shopper_id = scene.shopper_id
        report_lost(case_id=case_id, who=Who.SHOPPER, text="Nothing came.", by=by(days(day)), shopper_id=shopper_id)

    assert_refused(AskedTooEarly, lambda: say(6))
    say(7)
    assert (state_of(case_id), units_of(other.stock_id)) == (CaseState.LOST, Units(2, reserved=0, sold=1))
    again(case_id, now=days(8))
    assert units_of(other.stock_id) == Units(2, reserved=1, sold=1)
    assert_refused(ParcelWasLost, lambda: send_other(case_id, now=days(8)))
    assert send_other(case_id, tracking="R2", now=days(9)).number == 2
    confirm(scene, case_id, now=days(10))

    assert (ends(), units_of(other.stock_id)) == (
        [ReplacementEnd.LOST, ReplacementEnd.ARRIVED],
        Units(2, reserved=0, sold=2),
    )
    assert wallet_minor(scene.shopper_id) == WALLET - scene.placed.total_minor


def test_for_what_was_lost_the_money_goes_back_once_and_nothing_is_sent_any_more(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id, sellable=2)
    send_other(case_id)
    lose(case_id)

    paid_minor = instead(case_id)

    assert paid_minor == Order.objects.get(id=scene.lamps).total_minor
    assert wallet_minor(scene.shopper_id) == WALLET - scene.placed.total_minor + paid_minor
    assert (state_of(case_id), ends()) == (CaseState.REFUNDED, [ReplacementEnd.LOST])
    assert (units_of(other.stock_id), units_of(scene.lamp.stock_id)) == (
        Units(2, reserved=0, sold=2),
        Units(100, reserved=0, sold=0),
    )
    for do in (lambda: again(case_id), lambda: instead(case_id), lambda: send_other(case_id, tracking="R2")):
        assert_refused(CaseMoved, do)
    assert accounts_that_disagree() == []


def test_where_nobody_sends_in_a_week_the_shopper_may_have_the_money(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id, sellable=1)

    def choose(day: int) -> int:
        return pay_instead(case_id=case_id, who=Who.SHOPPER, by=by(days(day)), shopper_id=scene.shopper_id)

    assert_refused(NotLateYet, lambda: choose(6))
    paid_minor = choose(7)

    assert refund_sums(scene.lamps) == {**refund_sums(scene.lamps), "units": 1, "paid_minor": paid_minor}
    assert (state_of(case_id), ends()) == (CaseState.REFUNDED, [ReplacementEnd.MONEY])
    assert (units_of(other.stock_id), units_of(scene.lamp.stock_id).sold) == (Units(2, reserved=0, sold=0), 1)
    assert_refused(CaseMoved, lambda: choose(8))


def test_what_came_back_of_a_deal_stays_on_its_shelf_and_counts_to_its_limit_where_money_follows(scene: Scene) -> None:
    other = make_variant(scene.chair)
    case_id = exchange(scene, scene.chairs, 1, swap_sku_id=other.id, sellable=1)
    assert units_of(scene.chair.deal_stock_id).sold == 2

    instead(case_id)

    assert units_of(scene.chair.deal_stock_id).sold == 2
    assert taken_by(deal_id=scene.chair.deal_id, shopper_id=scene.shopper_id) == 3


def test_what_was_taken_for_lost_may_come_after_all(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id)
    send_other(case_id)
    lose(case_id)

    confirm(scene, case_id)

    line = CaseLine.objects.get()
    assert (line.swap_due, line.swap_given, line.swap_lost) == (2, 2, 0)
    assert (state_of(case_id), ends()) == (CaseState.EXCHANGED, [ReplacementEnd.ARRIVED])


def test_the_operator_may_say_against_the_shopper_that_it_came_with_words(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id)
    lose(case_id)
    assert_refused(TextMissing, lambda: settle_as_delivered(case_id=case_id, text=" ", by=by()))

    settle_as_delivered(case_id=case_id, text="The carrier has a signature.", by=By(user_id=7, now=LATER))

    assert state_of(case_id) is CaseState.EXCHANGED
    assert AuditEntry.objects.filter(verb="replacement-delivered").count() == 1


def test_sold_out_others_are_not_sent_again(scene: Scene) -> None:
    other = make_variant(scene.lamp, units=1)
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id)
    lose(case_id)

    assert_refused(NothingToExchange, lambda: again(case_id))


def test_an_order_waits_for_its_replacement(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 1, swap_sku_id=other.id)
    send_other(case_id)

    def receive_order() -> None:
        confirm_receipt(order_id=scene.lamps, shopper_ids=[scene.shopper_id], now_ms=to_unix_ms(LATER))

    assert_refused(CaseOpen, receive_order)
    confirm(scene, case_id)
    receive_order()


def test_a_replacement_can_be_returned_and_its_two_years_begin_when_it_came(scene: Scene, other: SkuMade) -> None:
    Market.objects.update(withdrawal_days=14)
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id)
    send_other(case_id, now=days(700))
    confirm(scene, case_id, now=days(720))
    assert_refused(AskedTooLate, lambda: ask(scene, scene.chairs, 1, now=days(740)))
    assert_refused(AskedTooLate, lambda: ask(scene, scene.lamps, 1, reason=CaseReason.CHANGED_MIND, now=days(740)))
    assert_refused(AskedTooLate, lambda: ask(scene, scene.lamps, 1, now=days(720 + 732)))

    faulty = ask(scene, scene.lamps, 2, now=days(740)).case_id
    accept(faulty, now=days(740))

    assert receive(faulty, 2, sellable=2, now=days(741)) is CaseState.REFUNDED
    assert refund_sums(scene.lamps)["paid_minor"] == Order.objects.get(id=scene.lamps).total_minor
    assert units_of(scene.lamp.stock_id).sold == 2, "whatever SKU it is, it goes on the shelf by hand"


def test_while_a_replacement_is_under_way_its_units_go_back_by_nothing_else(scene: Scene, other: SkuMade) -> None:
    case_id = exchange(scene, scene.lamps, 2, swap_sku_id=other.id)

    with pytest.raises(Refusal):
        back(scene.lamps, 1, 1)
    send_other(case_id)
    with pytest.raises(Refusal):
        back(scene.lamps, 1, 1)
