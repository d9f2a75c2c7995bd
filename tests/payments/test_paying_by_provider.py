"""A purchase paid by a provider, alone or beside the wallet; and every way in which its money can't be used."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.actions.begin_payments import (
    NothingLeftToPay,
    PaymentUnderWay,
    begin_payment,
    give_up_payment,
)
from fairground.checkout.actions.end_purchases import cancel_purchase, expire_purchases
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.paying import (
    AlreadyPaid,
    InsufficientFunds,
    PurchaseEnded,
    UnknownPurchase,
    WrongAmount,
)
from fairground.kernel.models import Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import LineDiscount, Purchase
from fairground.orders.rules import RefundReason, Step
from fairground.payments.life import PaymentEnd, PaymentState, RefundState, Why
from fairground.payments.models import Payment, PaymentRefund
from tests.books import Units, hot_rows, units_of
from tests.factories import (
    BY,
    NOW,
    NOW_MS,
    give_wallet,
    make_market,
    make_shopper,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till, make_till
from tests.refunding import WALLET, escrow_minor, make_scene

MINUTE_MS = 60_000


@pytest.fixture
def till(lone_writer: object) -> Till:
    return make_till()


def test_a_provider_takes_what_a_purchase_costs_and_the_merchant_has_it_in_escrow(till: Till) -> None:
    payment = till.begin()
    assert (payment.state, payment.amount_minor) == (PaymentState.ASKING, 2_000)

    waiting = till.ask(payment)
    assert (waiting.state, waiting.redirect_url) == (PaymentState.WAITING, f"https://pay.example/{payment.key.hex}")
    till.provider.shopper_agrees(payment.key.hex)
    taken = till.attend(payment)

    assert (taken.state, taken.end, taken.captured_minor) == (PaymentState.TAKEN, PaymentEnd.PAID, 2_000)
    assert till.step() is Step.PAID
    assert till.money() == {"clearing": 2_000, "wallet": 0, "escrow": 2_000}
    assert till.provider.kept_minor() == 2_000
    assert accounts_that_disagree() == []


def test_wallet_and_provider_pay_together_and_the_wallets_part_is_not_spent_meanwhile(till: Till) -> None:
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    other = place_one(place_request(till.sku.line(), shopper_id=till.shopper_id))

    payment = till.begin(wallet_minor=500)
    assert pay([pay_request(other, shopper_id=till.shopper_id, amount_minor=1_000)]) == [
        InsufficientFunds(available_minor=0, total_minor=1_000)
    ]
    till.agree(payment)

    assert payment.amount_minor == 1_500
    assert till.step() is Step.PAID
    assert till.money() == {"clearing": 1_500, "wallet": 0, "escrow": 2_000}
    assert accounts_that_disagree() == []


def test_packet_wallet_and_provider_pay_one_purchase_and_the_money_goes_back_to_where_it_came_from(
    two_writers: None,
) -> None:
    make_market()
    scene = make_scene(paid=False)
    till = Till(scene.chair, scene.shopper_id, scene.placed, LocalProvider())
    # 340.02 of goods, less 40.00 of a promotion, 10.00 of a coupon, and 7.77 that the packet pays.
    assert sum(LineDiscount.objects.filter(source__startswith="packet").values_list("amount_minor", flat=True)) == 777

    till.agree(till.begin(due_minor=28_225, wallet_minor=3_000))

    assert till.step() is Step.PAID
    assert (till.money()["clearing"], till.money()["wallet"]) == (25_225, WALLET - 3_000)
    assert escrow_minor(scene.chair) + escrow_minor(scene.lamp) == 28_225
    refund_lines(units={(scene.chairs, 1): 3, (scene.lamps, 1): 2}, reason=RefundReason.FAULTY, by=BY)
    till.return_all()

    assert till.money() == {"clearing": 0, "wallet": WALLET, "escrow": 0}
    assert (till.provider.kept_minor(), escrow_minor(scene.lamp)) == (0, 0)
    assert accounts_that_disagree() == []


@pytest.mark.parametrize("attends", [1, 3])
def test_looking_again_takes_nothing_twice(till: Till, attends: int) -> None:
    payment = till.begin()
    till.ask(payment)
    till.provider.shopper_agrees(payment.key.hex)
    for _ in range(attends):
        till.attend(payment)
    once = hot_rows()

    till.attend(payment)

    assert hot_rows() == once
    assert till.money() == {"clearing": 2_000, "wallet": 0, "escrow": 2_000}


def test_the_same_payment_begun_twice_is_one(till: Till) -> None:
    assert till.begin() == till.begin()
    assert Payment.objects.count() == 1


def test_another_payment_gives_the_one_before_up(till: Till) -> None:
    give_wallet(shopper_id=till.shopper_id, amount_minor=300)
    first = till.begin(wallet_minor=300)
    till.ask(first)

    second = till.begin(wallet_minor=100)
    gone = till.attend(first)

    assert (gone.state, gone.why) == (PaymentState.ENDED, Why.GIVEN_UP)
    assert till.money()["wallet"] == 300
    till.agree(second)
    assert till.step() is Step.PAID
    assert till.money() == {"clearing": 1_900, "wallet": 200, "escrow": 2_000}


def test_what_was_taken_of_a_payment_that_was_given_up_goes_back_in_full(till: Till) -> None:
    first = till.begin()
    till.ask(first)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(first.key.hex)
    give_up_payment(purchase_id=till.purchase_id, shopper_id=till.shopper_id, now_ms=NOW_MS)

    taken = till.attend(first)
    till.return_all()

    assert (taken.end, taken.why) == (PaymentEnd.RETURNED, Why.GIVEN_UP)
    assert till.step() is Step.PLACED
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    assert till.provider.kept_minor() == 0


def test_a_payment_that_is_being_taken_is_not_given_up(till: Till) -> None:
    payment = till.begin()
    till.ask(payment)
    till.provider.shopper_agrees(payment.key.hex)
    till.provider.fail("capture")
    till.attend(payment)
    before = hot_rows()

    with pytest.raises(PaymentUnderWay):
        give_up_payment(purchase_id=till.purchase_id, shopper_id=till.shopper_id, now_ms=NOW_MS)
    with pytest.raises(PaymentUnderWay):
        begin_payment(
            purchase_id=till.purchase_id,
            shopper_id=till.shopper_id,
            provider="other",
            due_minor=2_000,
            wallet_minor=0,
            now_ms=NOW_MS,
        )
    assert hot_rows() == before


REFUSED: dict[str, tuple[Callable[[Till], object], Callable[[Till], Refusal]]] = {
    "of another shopper": (
        lambda till: till.begin(shopper_id=make_shopper()),
        lambda till: UnknownPurchase(purchase_id=till.purchase_id),
    ),
    "of another amount": (
        lambda till: till.begin(due_minor=1_999),
        lambda till: WrongAmount(offered_minor=1_999, total_minor=2_000),
    ),
    "with less than nothing from the wallet": (
        lambda till: till.begin(wallet_minor=-1),
        lambda till: WrongAmount(offered_minor=2_000, total_minor=2_000),
    ),
    "with all of it from the wallet": (
        lambda till: till.begin(wallet_minor=2_000),
        lambda till: NothingLeftToPay(purchase_id=till.purchase_id),
    ),
    "with more from the wallet than it holds": (
        lambda till: till.begin(wallet_minor=1),
        lambda till: InsufficientFunds(available_minor=0, total_minor=1),
    ),
    "after its time": (
        lambda till: till.begin(now_ms=NOW_MS + 15 * MINUTE_MS),
        lambda till: PurchaseEnded(purchase_id=till.purchase_id),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_payment_that_can_not_be_is_refused_and_nothing_changes(till: Till, name: str) -> None:
    begin, refusal = REFUSED[name]
    before = hot_rows()

    with pytest.raises(Refusal) as refused:
        begin(till)

    assert refused.value == refusal(till)
    assert hot_rows() == before
    assert not Payment.objects.exists()


def test_a_pending_payment_extends_the_reservation_once_to_thirty_minutes_from_placing(till: Till) -> None:
    till.begin(now_ms=NOW_MS + 10 * MINUTE_MS)
    give_up_payment(purchase_id=till.purchase_id, shopper_id=till.shopper_id, now_ms=NOW_MS + 11 * MINUTE_MS)
    till.begin(now_ms=NOW_MS + 12 * MINUTE_MS)

    assert list(Purchase.objects.values_list("pay_before", "extended")) == [(NOW + timedelta(minutes=30), True)]
    expire_purchases(now_ms=NOW_MS + 29 * MINUTE_MS)
    assert till.step() is Step.PLACED
    expire_purchases(now_ms=NOW_MS + 30 * MINUTE_MS)
    assert till.step() is Step.EXPIRED


@pytest.mark.parametrize(("amount_minor", "currency"), [(1_999, "EUR"), (2_001, "EUR"), (2_000, "USD")])
@pytest.mark.parametrize("at_once", [True, False], ids=["taken", "authorised"])
def test_another_amount_than_was_asked_for_pays_nothing_and_goes_back(
    till: Till, amount_minor: int, currency: str, at_once: bool
) -> None:
    payment = till.begin()
    till.ask(payment)
    till.provider.takes_at_once = at_once
    till.provider.shopper_agrees(payment.key.hex, amount_minor=amount_minor, currency=currency)

    ended = till.attend(payment)
    till.return_all()

    assert ended.why is Why.AMOUNT_DIFFERS
    assert (ended.state, ended.end) == (
        (PaymentState.TAKEN, PaymentEnd.RETURNED) if at_once else (PaymentState.ENDED, None)
    )
    assert till.step() is Step.PLACED
    assert till.money(currency) == {"clearing": 0, "wallet": 0, "escrow": 0}
    assert till.provider.kept_minor() == 0
    assert accounts_that_disagree() == []


@pytest.mark.parametrize("amount_minor", [0, -2_000, 1 << 63])
def test_an_answer_that_can_not_be_true_changes_nothing(till: Till, amount_minor: int) -> None:
    payment = till.begin()
    till.ask(payment)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(payment.key.hex, amount_minor=amount_minor)
    before = hot_rows()

    assert till.attend(payment).state is PaymentState.WAITING
    assert hot_rows() == before


def test_a_payment_that_the_shopper_declines_lets_the_wallets_part_go(till: Till) -> None:
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    payment = till.begin(wallet_minor=500)
    till.ask(payment)
    till.provider.shopper_declines(payment.key.hex)

    ended = till.attend(payment)

    assert (ended.state, ended.why) == (PaymentState.ENDED, Why.FAILED)
    assert till.available_minor() == 500
    assert till.step() is Step.PLACED


def test_money_for_a_purchase_that_was_paid_otherwise_goes_back(till: Till) -> None:
    payment = till.begin()
    till.ask(payment)
    give_wallet(shopper_id=till.shopper_id, amount_minor=2_000)
    pay([pay_request(till.placed, shopper_id=till.shopper_id)])
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(payment.key.hex)

    taken = till.attend(payment)
    till.return_all()

    assert (taken.end, taken.why) == (PaymentEnd.RETURNED, Why.NOT_PAYABLE)
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 2_000}
    with pytest.raises(AlreadyPaid):
        till.begin()


def test_money_that_comes_after_expiry_takes_everything_again_where_it_is_there(till: Till) -> None:
    taken = till.take_late()

    assert (taken.end, till.step()) == (PaymentEnd.PAID_LATE, Step.PAID)
    assert units_of(till.sku.stock_id) == Units(100, reserved=0, sold=2)
    assert till.money() == {"clearing": 2_000, "wallet": 0, "escrow": 2_000}
    assert list(Outbox.objects.order_by("seq").values_list("kind", flat=True)) == [
        OutboxKind.PURCHASE_PLACED,
        OutboxKind.PURCHASE_EXPIRED,
        OutboxKind.PURCHASE_PAID,
        OutboxKind.PURCHASE_TAKEN_AGAIN,
    ]
    assert accounts_that_disagree() == []


def test_money_that_comes_after_expiry_goes_back_in_full_where_the_goods_are_gone(till: Till) -> None:
    def sell_out() -> None:
        place_one(place_request(till.sku.line(99), shopper_id=make_shopper()), now_ms=NOW_MS + 31 * MINUTE_MS)

    taken = till.take_late(meanwhile=sell_out)
    till.return_all()

    assert (taken.end, taken.why, till.step()) == (PaymentEnd.RETURNED, Why.NOT_PAYABLE, Step.EXPIRED)
    assert units_of(till.sku.stock_id) == Units(100, reserved=99, sold=0)
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    assert Outbox.objects.filter(kind=OutboxKind.PAYMENT_RETURNED, subject_id=till.purchase_id).count() == 1
    assert not Outbox.objects.filter(kind=OutboxKind.PURCHASE_PAID).exists()


def test_money_for_a_cancelled_purchase_goes_back_in_full(till: Till) -> None:
    payment = till.begin()
    till.ask(payment)
    cancel_purchase(purchase_id=till.purchase_id, shopper_id=till.shopper_id, now_ms=NOW_MS + MINUTE_MS)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(payment.key.hex)

    taken = till.attend(payment)
    till.return_all()

    assert (taken.end, till.step()) == (PaymentEnd.RETURNED, Step.CANCELLED)
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}


def test_what_a_provider_will_never_return_stays_in_the_wallet(till: Till) -> None:
    payment = till.begin()
    till.ask(payment)
    cancel_purchase(purchase_id=till.purchase_id, shopper_id=till.shopper_id, now_ms=NOW_MS + MINUTE_MS)
    till.provider.takes_at_once, till.provider.refunds_fail = True, True
    till.provider.shopper_agrees(payment.key.hex)
    till.attend(payment)
    assert till.available_minor() == 0

    till.return_all()

    assert list(PaymentRefund.objects.values_list("state", flat=True)) == [RefundState.FAILED]
    assert till.available_minor() == 2_000
    assert till.money() == {"clearing": 2_000, "wallet": 2_000, "escrow": 0}
    assert accounts_that_disagree() == []


def test_the_database_refuses_a_second_payment_under_way_and_taken_money_that_is_not_booked(till: Till) -> None:
    payment = till.begin()
    row = Payment.objects.get()
    Payment.objects.filter(id=payment.id).update(state=PaymentState.ENDED, ended_at=NOW)
    payment = till.begin()
    with pytest.raises(IntegrityError, match="inv_27_one_payment_under_way"), transaction.atomic():
        Payment.objects.filter(id=row.id).update(state=PaymentState.ASKING, ended_at=None)
    row = Payment.objects.get(id=payment.id)
    with pytest.raises(IntegrityError, match="inv_27_taken_is_booked"), transaction.atomic():
        Payment.objects.filter(id=row.id).update(state=PaymentState.TAKEN, ended_at=NOW)
    till.agree(payment)
    with pytest.raises(IntegrityError, match="inv_27_taken_stays"), transaction.atomic():
        Payment.objects.filter(id=row.id).update(state=PaymentState.ENDED, end=None, captured_minor=0, transfer_id=None)


def test_the_database_refuses_more_to_go_back_than_was_taken(till: Till) -> None:
    payment = till.begin()
    till.ask(payment)
    cancel_purchase(purchase_id=till.purchase_id, shopper_id=till.shopper_id, now_ms=NOW_MS + MINUTE_MS)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(payment.key.hex)
    till.attend(payment)
    (refund,) = PaymentRefund.objects.all()

    with pytest.raises(IntegrityError, match="inv_28_returned_within_taken"), transaction.atomic():
        PaymentRefund.objects.create(
            lane=refund.lane,
            id=refund.id + 1,
            payment_id=payment.id,
            key=payment.key,
            amount_minor=1,
            currency="EUR",
            transfer_id=1,
            state=RefundState.ASKING,
            at=NOW,
            look_at=NOW,
        )
    with pytest.raises(IntegrityError, match="inv_28_return_stays"), transaction.atomic():
        PaymentRefund.objects.update(amount_minor=1)
