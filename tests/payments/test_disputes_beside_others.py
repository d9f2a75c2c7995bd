"""Payments that a bank wants back beside all else: shipping, commissions, failed returns, presales, erased shoppers."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from fairground.aftersales.actions.erase_words import erase_words_of
from fairground.aftersales.actions.shopper_steps import withdraw_case
from fairground.checkout.actions.accept_disputes import DisputeInPart, charge_dispute
from fairground.checkout.actions.ask_again import ClaimOnPayment, ask_return_again
from fairground.checkout.actions.attend_disputes import LOOK_AGAIN_MS, attend_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.checkout.actions.end_purchases import break_off_presales, cancel_purchase, expire_purchases
from fairground.checkout.actions.erase_person import erase_person
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.refunding import ShopperErased
from fairground.identity.models import Shopper
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.rules import DepositMode
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason, Step
from fairground.payments.life import DisputeState, RefundState
from fairground.payments.models import Dispute, PaymentRefund
from fairground.payments.providers.provider import DisputeAt, Disputed, FileKind, FileLine
from fairground.payments.reading import PaymentFacts, payments_of_purchase
from tests.books import hot_rows
from tests.cases import ask, ship
from tests.factories import (
    BY,
    NOW,
    NOW_MS,
    give_wallet,
    make_market,
    make_merchant,
    make_shipping,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till, balance_of, make_till, stopped_at
from tests.payments.test_booking_provider_lines import check
from tests.payments.test_presales_by_provider import make_presale_till, pay_by_provider
from tests.people_making import make_user
from tests.presales import BALANCE, BALANCE_OPENS, CLOSES_MS, DEPOSIT, OPENS_MS, ORDERED_MS, make_presale, place_presale
from tests.refunding import LATER_MS, Scene
from tests.settlement.making import books, settle

pytestmark = pytest.mark.usefixtures("two_writers")
GIVEN_UP = By(user_id=None, now=NOW, reason="nobody can prove that it arrived")
LATER = By(user_id=None, now=BALANCE_OPENS, reason="nobody can prove that it arrived")


def take_back(till: Till, payment: PaymentFacts, amount_minor: int, *, currency: str = "EUR", won: bool = False) -> int:
    """Let the books say that a bank took so much of a payment, or gave it again, look, and return the dispute."""
    at = datetime(2026, 11, 11, 12, tzinfo=UTC)
    kind = FileKind.DISPUTE_WON if won else FileKind.DISPUTE
    line = FileLine(kind, payment.ref, "", amount_minor, currency, at, uuid4().hex)
    book_provider_lines(provider="local", lines=[line], by=BY)
    (dispute_id,) = Dispute.objects.filter(ref=payment.ref).values_list("id", flat=True)
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(int(at.timestamp() * 1000)))
    return dispute_id


def refund(till: Till, units: int = 1, *, by: By = BY) -> None:
    refund_lines(units={(till.placed.orders[0].order_id, 1): units}, reason=RefundReason.FAULTY, by=by)


def claim_minor() -> int:
    """Return what banks took that nothing covers."""
    return -balance_of("platform:disputes:EUR")


def sound() -> None:
    assert accounts_that_disagree() == []
    for key in ("clearing", "disputes", "payments", "payment_returns", "refunds", "escrow", "releases", "deposits"):
        assert check(key)[1:] == (0, 0), key


def sent_till(*, units: int = 2) -> Till:
    """Make a till whose merchant asks 4.90 for sending, with a commission of its own for what it sells."""
    make_market()
    merchant = make_merchant(lane=30)
    make_shipping(merchant, price_minor=490)
    sku = make_sku(merchant=merchant)
    shopper_id = make_shopper(lane=50)
    placed = place_one(place_request(sku.line(units), shopper_id=shopper_id))
    return Till(sku, shopper_id, placed, LocalProvider())


def failed_return() -> Till:
    """Pay two chairs, of which one came back, and its return failed: 1000 are in the wallet."""
    till = make_till()
    till.agree(till.begin())
    refund(till)
    till.provider.refunds_fail = True
    till.return_all()
    till.provider.refunds_fail = False
    assert till.money() == {"clearing": 2_000, "wallet": 1_000, "escrow": 1_000}
    return till


@pytest.mark.parametrize("is_released", [False, True])
def test_shipping_goes_back_with_what_is_given_up_and_covers_it(is_released: bool) -> None:
    till = sent_till()
    payment = till.agree(till.begin(due_minor=2_490))
    if is_released:
        settle(till.placed.orders[0].order_id)
    dispute_id = take_back(till, payment, 2_490)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 2_490

    assert (claim_minor(), till.available_minor()) == (0, 0)
    assert "merchant:payable" not in books(till.sku.merchant.id)
    assert "platform:commission" not in books(till.sku.merchant.id)
    assert list(Refund.objects.order_by("line_no").values_list("line_no", "paid_minor", "reason")) == [
        (0, 490, RefundReason.CHARGED_BACK),
        (1, 2_000, RefundReason.CHARGED_BACK),
    ]
    sound()


def test_after_a_refund_in_part_the_rest_and_its_shipping_cover_what_was_taken() -> None:
    till = sent_till()
    payment = till.agree(till.begin(due_minor=2_490))
    settle(till.placed.orders[0].order_id)
    refund(till)
    dispute_id = take_back(till, payment, 2_490)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 1_490
    # The provider made no return for a payment in dispute.
    till.provider.refunds_fail = True
    till.return_all()

    assert (claim_minor(), till.available_minor(), Dispute.objects.get().covered_minor) == (0, 0, 2_490)
    assert "merchant:payable" not in books(till.sku.merchant.id)
    sound()


def test_what_a_failed_return_left_in_the_wallet_covers_what_the_bank_took() -> None:
    till = failed_return()
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], 2_000)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 2_000

    assert (claim_minor(), till.available_minor()) == (0, 0)
    sound()


def test_no_more_than_a_failed_return_left_is_taken_out_of_the_wallet() -> None:
    till = failed_return()
    give_wallet(shopper_id=till.shopper_id, amount_minor=700)
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], 2_000)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 2_000

    assert (claim_minor(), till.available_minor()) == (0, 700)
    sound()


def test_a_failed_return_that_was_spent_leaves_the_rest_to_the_platform() -> None:
    till = failed_return()
    other = place_one(place_request(till.sku.line(1), shopper_id=till.shopper_id))
    pay([pay_request(other, shopper_id=till.shopper_id)])
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], 2_000)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 1_000

    assert (claim_minor(), till.available_minor()) == (1_000, 0)
    sound()


def test_no_provider_is_asked_again_for_what_a_bank_took_already() -> None:
    till = failed_return()
    failed = PaymentRefund.objects.get()
    take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], 2_000)
    before = hot_rows()

    with pytest.raises(ClaimOnPayment):
        ask_return_again(refund_id=failed.id, by=GIVEN_UP)

    assert hot_rows() == before
    assert PaymentRefund.objects.count() == 1
    sound()


def test_a_return_that_is_asked_again_and_fails_in_a_dispute_covers_it() -> None:
    till = failed_return()
    ask_return_again(refund_id=PaymentRefund.objects.get().id, by=GIVEN_UP)
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], 2_000)
    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 1_000
    till.provider.refunds_fail = True

    till.return_all()

    assert (claim_minor(), till.available_minor()) == (0, 0)
    assert PaymentRefund.objects.filter(state=RefundState.FAILED.value).count() == 2
    sound()


@pytest.mark.parametrize("mode", [DepositMode.ADVANCE, DepositMode.EARNEST])
def test_a_deposit_in_dispute_that_is_given_up_ends_its_presale_and_covers_it(mode: DepositMode) -> None:
    till = make_presale_till(mode)
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], DEPOSIT)

    assert charge_dispute(dispute_id=dispute_id, by=LATER) == DEPOSIT

    assert till.step() is Step.CANCELLED
    assert (claim_minor(), till.money()["escrow"], till.available_minor()) == (0, 0, 0)
    sound()


@pytest.mark.parametrize("of", [0, 1])
def test_a_bank_that_takes_one_of_two_payments_takes_a_part(of: int) -> None:
    till = make_presale_till()
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)
    pay_by_provider(till, BALANCE, at_ms=OPENS_MS + 1)
    payment = payments_of_purchase(purchase_id=till.purchase_id)[of]
    dispute_id = take_back(till, payment, payment.captured_minor)
    before = hot_rows()

    with pytest.raises(DisputeInPart):
        charge_dispute(dispute_id=dispute_id, by=LATER)

    assert hot_rows() == before
    refund(till, by=LATER)
    till.return_all()
    assert (claim_minor(), till.available_minor()) == (0, 0)
    assert till.provider.kept_minor() == payment.captured_minor
    sound()


def test_what_goes_back_of_a_presale_in_part_covers_the_payment_in_dispute_first() -> None:
    make_market()
    sku = make_presale(merchant=make_merchant(lane=30))
    shopper_id = make_shopper(lane=50)
    placed = place_presale(sku, shopper_id=shopper_id, quantity=2)
    till = Till(sku, shopper_id, placed, LocalProvider(needs_shopper=False))
    pay_by_provider(till, 2 * DEPOSIT, at_ms=ORDERED_MS + 1)
    pay_by_provider(till, 2 * BALANCE, at_ms=OPENS_MS + 1)
    balance = payments_of_purchase(purchase_id=till.purchase_id)[0]
    take_back(till, balance, DEPOSIT + BALANCE)

    refund(till, by=LATER)
    till.return_all()

    assert (claim_minor(), till.provider.kept_minor()) == (0, 2 * (DEPOSIT + BALANCE))
    sound()


def test_a_forfeited_deposit_that_a_bank_takes_is_the_platforms_loss() -> None:
    till = make_presale_till(DepositMode.EARNEST)
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)
    expire_purchases(now_ms=CLOSES_MS)
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], DEPOSIT)

    assert charge_dispute(dispute_id=dispute_id, by=LATER) == 0

    assert (claim_minor(), Dispute.objects.get().state) == (DEPOSIT, DisputeState.ACCEPTED)
    assert balance_of(f"merchant:{till.sku.merchant.id}:forfeits:EUR") == DEPOSIT
    sound()


@pytest.mark.parametrize("taken_minor", [DEPOSIT, 40])
def test_a_deposit_in_dispute_that_goes_back_doubled_leaves_the_shopper_what_is_on_top(taken_minor: int) -> None:
    till = make_presale_till(DepositMode.EARNEST)
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)
    take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], taken_minor)

    break_off_presales(purchase_ids=[till.purchase_id], by=LATER)
    till.return_all()

    assert (claim_minor(), till.available_minor()) == (0, DEPOSIT)
    assert till.provider.kept_minor() == taken_minor
    sound()


def test_a_deposit_in_dispute_that_is_cancelled_by_its_shopper_stays_forfeited() -> None:
    till = make_presale_till(DepositMode.EARNEST)
    pay_by_provider(till, DEPOSIT, at_ms=ORDERED_MS + 1)
    take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], DEPOSIT)

    cancel_purchase(purchase_id=till.purchase_id, shopper_id=till.shopper_id, now_ms=OPENS_MS)

    assert (claim_minor(), till.available_minor()) == (DEPOSIT, 0)
    sound()


def test_what_a_bank_took_of_somebody_who_was_erased_is_charged_all_the_same() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    settle(till.placed.orders[0].order_id)
    user = make_user(email="ana@example.org", shopper_id=till.shopper_id)
    erase_person(user_id=user.id, now=NOW, besides=erase_words_of)
    dispute_id = take_back(till, payment, 2_000)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 2_000

    assert (claim_minor(), till.available_minor()) == (0, 0)
    assert "merchant:payable" not in books(till.sku.merchant.id)
    sound()


def test_who_was_erased_is_paid_nothing_beside_what_a_bank_took() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    settle(till.placed.orders[0].order_id)
    take_back(till, payment, 500)
    Shopper.objects.filter(id=till.shopper_id).update(erased_at=NOW)
    before = hot_rows()

    with pytest.raises(ShopperErased):
        refund(till)

    assert hot_rows() == before
    assert Dispute.objects.get().covered_minor == 0
    sound()


def test_a_payment_that_came_too_late_and_is_in_dispute_leaves_the_purchase_to_who_paid_it() -> None:
    till = make_till()
    late = till.begin()
    till.ask(late)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(late.key.hex)
    give_wallet(shopper_id=till.shopper_id, amount_minor=2_000)
    pay([pay_request(till.placed, shopper_id=till.shopper_id)])
    till.attend(late)
    till.provider.refunds_fail = True
    till.return_all()
    assert till.available_minor() == 2_000
    dispute_id = take_back(till, till.read(late), 2_000)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 2_000

    assert (till.step(), till.money()["escrow"], till.available_minor(), claim_minor()) == (Step.PAID, 2_000, 0, 0)
    sound()


def test_one_that_is_lost_while_units_are_in_a_case_is_charged_by_itself_when_the_case_is_over() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    (order,) = till.placed.orders
    ship(order.order_id)
    scene = Scene(till.sku, till.sku, till.shopper_id, till.placed, 0, 0, 0)
    case_id = ask(scene, order.order_id, 1).case_id
    dispute_id = take_back(till, payment, 2_000)
    lost = Disputed(payment.ref, payment.key.hex, DisputeAt.LOST, 2_000, "EUR", "fraudulent", None, ())
    till.provider.disputes[payment.ref] = lost

    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS))
    row = Dispute.objects.get()
    assert (row.state, row.covered_minor) == (DisputeState.LOST, 0)
    assert row.look_at == from_unix_ms(NOW_MS + LOOK_AGAIN_MS)
    withdraw_case(case_id=case_id, shopper_id=till.shopper_id, now=from_unix_ms(LATER_MS))
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS + LOOK_AGAIN_MS))

    row = Dispute.objects.get()
    assert (row.covered_minor, row.look_at, row.ended_at) == (2_000, None, from_unix_ms(NOW_MS))
    assert (claim_minor(), till.available_minor()) == (0, 0)
    sound()
