"""Payments that a bank takes after some of them went back, or should have: no money is there for two."""

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.actions.accept_disputes import DisputeAfterReturns, DisputeOtherCurrency, charge_dispute
from fairground.checkout.actions.ask_again import ClaimOnPayment, NoFailedReturn, ask_return_again
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.orders.rules import Step
from fairground.payments.life import DisputeState, RefundState
from fairground.payments.models import Dispute, PaymentRefund
from fairground.payments.providers.provider import DisputeAt, Disputed
from fairground.payments.reading import PaymentFacts, payments_of_purchase
from fairground.payments.returns import returns_to_look_at
from fairground.settlement.reports.listed import returns_listed
from fairground.sites.storefront.return_words import failed_return_notes
from tests.books import hot_rows
from tests.factories import NOW, NOW_MS, give_wallet, make_market, make_merchant, make_shopper
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till, make_till, stopped_at
from tests.payments.test_booking_provider_lines import check
from tests.payments.test_disputes_beside_others import (
    GIVEN_UP,
    LATER,
    claim_minor,
    failed_return,
    refund,
    sound,
    take_back,
)
from tests.payments.test_presales_by_provider import pay_by_provider
from tests.presales import BALANCE, DEPOSIT, OPENS_MS, ORDERED_MS, make_presale, place_presale
from tests.rehearsal.damages import run
from tests.settlement.making import books, settle
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("two_writers")


def mixed_till(*, wallet_minor: int, quantity: int = 3) -> tuple[Till, PaymentFacts]:
    """Pay chairs at 1000 each, so much of it out of the wallet."""
    till = make_till(quantity=quantity)
    give_wallet(shopper_id=till.shopper_id, amount_minor=wallet_minor)
    due_minor = quantity * 1_000
    return till, till.agree(till.begin(due_minor=due_minor, wallet_minor=wallet_minor))


def presale_till() -> Till:
    """Order two units in a presale, whose deposit and balance are payments of their own."""
    make_market()
    sku = make_presale(merchant=make_merchant(lane=30))
    shopper_id = make_shopper(lane=50)
    placed = place_presale(sku, shopper_id=shopper_id, quantity=2)
    return Till(sku, shopper_id, placed, LocalProvider(needs_shopper=False))


def lose(till: Till, payment: PaymentFacts, dispute_id: int) -> Dispute:
    """Let the provider say that it is lost, and look."""
    lost = Disputed(payment.ref, payment.key.hex, DisputeAt.LOST, payment.captured_minor, "EUR", "fraudulent", None, ())
    till.provider.disputes[payment.ref] = lost
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS))
    return Dispute.objects.get(pk=dispute_id)


def test_a_bank_that_takes_what_went_back_before_gives_the_shopper_nothing_of_the_wallet_on_top() -> None:
    till, payment = mixed_till(wallet_minor=1_000)
    refund(till, 2)
    till.return_all()
    assert (till.provider.kept_minor(), till.money()["escrow"], till.available_minor()) == (0, 1_000, 0)
    dispute_id = take_back(till, payment, 2_000)

    row = lose(till, payment, dispute_id)

    assert (row.state, row.covered_minor) == (DisputeState.LOST, 0)
    assert (till.step(), till.money()["escrow"], till.available_minor(), claim_minor()) == (Step.PAID, 1_000, 0, 2_000)
    sound()


def test_what_went_back_before_is_given_up_without_charging_the_merchant() -> None:
    till, payment = mixed_till(wallet_minor=1_000)
    settle(till.placed.orders[0].order_id)
    refund(till, 2)
    till.return_all()
    dispute_id = take_back(till, payment, 2_000)
    before = books(till.sku.merchant.id)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 0

    assert books(till.sku.merchant.id) == before
    assert (claim_minor(), till.available_minor(), Dispute.objects.get().state) == (2_000, 0, DisputeState.ACCEPTED)
    sound()


def test_a_bank_that_takes_more_than_is_left_beside_a_wallets_part_is_left_to_a_person() -> None:
    till, payment = mixed_till(wallet_minor=1_000)
    refund(till, 1)
    till.return_all()
    assert till.provider.kept_minor() == 1_000
    dispute_id = take_back(till, payment, 2_000)
    before = hot_rows()

    row = lose(till, payment, dispute_id)

    assert hot_rows() == before
    assert (row.state, row.covered_minor, row.look_at) == (DisputeState.LOST, 0, None)
    with pytest.raises(DisputeAfterReturns):
        charge_dispute(dispute_id=dispute_id, by=GIVEN_UP)
    refund(till, 1)
    till.return_all()
    assert (claim_minor(), till.available_minor(), till.money()["escrow"]) == (1_000, 0, 1_000)
    sound()


def test_a_bank_that_takes_more_than_is_left_of_goods_it_paid_alone_is_covered_by_all_of_them() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    refund(till, 1)
    till.return_all()
    dispute_id = take_back(till, payment, 2_000)

    row = lose(till, payment, dispute_id)

    assert (row.covered_minor, till.step()) == (1_000, Step.CANCELLED)
    assert (claim_minor(), till.available_minor()) == (1_000, 0)
    sound()


def test_a_bank_that_takes_what_is_left_brings_the_wallets_part_back() -> None:
    till, payment = mixed_till(wallet_minor=1_000)
    refund(till, 1)
    till.return_all()
    dispute_id = take_back(till, payment, 1_000)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 1_000

    assert (claim_minor(), till.available_minor(), till.money()["escrow"]) == (0, 1_000, 0)
    sound()


def test_a_deposit_that_went_back_and_is_taken_by_the_bank_leaves_its_balance_alone() -> None:
    till = presale_till()
    pay_by_provider(till, 2 * DEPOSIT, at_ms=ORDERED_MS + 1)
    pay_by_provider(till, 2 * BALANCE, at_ms=OPENS_MS + 1)
    refund(till, by=LATER)
    till.return_all()
    deposit = payments_of_purchase(purchase_id=till.purchase_id)[1]
    kept_minor = till.provider.kept_minor()
    assert kept_minor == DEPOSIT + BALANCE
    dispute_id = take_back(till, deposit, deposit.captured_minor)

    assert charge_dispute(dispute_id=dispute_id, by=LATER) == 0

    assert (till.provider.kept_minor(), till.available_minor(), till.money()["escrow"]) == (kept_minor, 0, kept_minor)
    assert claim_minor() == 2 * DEPOSIT
    sound()


def test_what_a_bank_took_in_another_currency_gives_nothing_back() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    dispute_id = take_back(till, payment, 2_000, currency="USD")
    before = hot_rows()

    with pytest.raises(DisputeOtherCurrency):
        charge_dispute(dispute_id=dispute_id, by=GIVEN_UP)

    assert hot_rows() == before
    assert (till.step(), till.provider.kept_minor(), Dispute.objects.get().covered_minor) == (Step.PAID, 2_000, 0)


def failed_in_dispute(*, taken_minor: int) -> tuple[Till, PaymentRefund]:
    """Pay two chairs, send one back, and let the return fail as the bank took so much; return what failed.

    The shopper has as much in the wallet that is of something else.
    """
    till = make_till()
    payment = till.agree(till.begin())
    refund(till)
    take_back(till, payment, taken_minor)
    till.provider.refunds_fail = True
    till.return_all()
    till.provider.refunds_fail = False
    give_wallet(shopper_id=till.shopper_id, amount_minor=1_000)
    return till, PaymentRefund.objects.get(dispute_id=None)


def notes(till: Till) -> list[str]:
    return [note.text for note in failed_return_notes(payments_of_purchase(purchase_id=till.purchase_id))]


def test_a_return_that_failed_in_a_dispute_and_covers_it_is_not_asked_again() -> None:
    till, failed = failed_in_dispute(taken_minor=1_000)
    assert (claim_minor(), till.available_minor()) == (0, 1_000)
    before, returns = hot_rows(), list(PaymentRefund.objects.order_by("id").values_list())

    with pytest.raises(ClaimOnPayment):
        ask_return_again(refund_id=failed.id, by=GIVEN_UP)

    assert hot_rows() == before
    assert list(PaymentRefund.objects.order_by("id").values_list()) == returns
    assert notes(till) == []
    assert [(one.id, one.left_minor) for one in returns_to_look_at(is_failed=True)] == [(failed.id, 0)]
    page = sign_in("operator").get("/back-office/payments/returns/?failed=1").content.decode()
    assert "a dispute took it" in page
    assert 'name="reason"' not in page
    sound()


def test_what_a_dispute_did_not_take_of_a_return_that_failed_is_asked_for_again() -> None:
    till, failed = failed_in_dispute(taken_minor=400)
    assert (claim_minor(), till.available_minor()) == (0, 1_600)
    assert len(notes(till)) == 1
    assert "6.00" in notes(till)[0]

    ask_return_again(refund_id=failed.id, by=GIVEN_UP)
    till.return_all()

    again = PaymentRefund.objects.get(again_of=failed.id)
    assert (again.amount_minor, again.state, till.available_minor()) == (600, RefundState.DONE, 1_000)
    assert (till.provider.kept_minor(), notes(till)) == (1_400, [])
    sound()


def test_what_a_given_up_dispute_takes_of_failed_returns_is_not_asked_again() -> None:
    till = failed_return()
    give_wallet(shopper_id=till.shopper_id, amount_minor=1_000)
    failed = PaymentRefund.objects.get()
    payment = payments_of_purchase(purchase_id=till.purchase_id)[0]
    dispute_id = take_back(till, payment, 2_000)
    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 2_000
    assert till.available_minor() == 1_000
    take_back(till, payment, 2_000, won=True)
    before = PaymentRefund.objects.filter(state=RefundState.ASKING.value).count()

    with pytest.raises(ClaimOnPayment):
        ask_return_again(refund_id=failed.id, by=GIVEN_UP)

    assert PaymentRefund.objects.filter(state=RefundState.ASKING.value).count() == before == 2
    till.return_all()
    assert (till.provider.kept_minor(), till.available_minor()) == (0, 1_000)
    sound()


def test_a_cover_of_a_dispute_that_was_won_is_no_return_that_failed() -> None:
    till = make_till()
    payment = till.agree(till.begin())
    take_back(till, payment, 2_000)
    refund(till)
    take_back(till, payment, 2_000, won=True)
    till.return_all()
    cover = PaymentRefund.objects.get(state=RefundState.UNDONE.value)
    give_wallet(shopper_id=till.shopper_id, amount_minor=1_000)
    before = hot_rows()

    with pytest.raises(NoFailedReturn):
        ask_return_again(refund_id=cover.id, by=GIVEN_UP)
    row = {name: getattr(cover, name) for name in ("lane", "payment_id", "order_id", "amount_minor", "currency", "at")}
    again = {**row, "id": cover.id + 1, "key": "0" * 32, "transfer_id": 1, "look_at": NOW, "state": 1}
    with pytest.raises(IntegrityError, match="inv_28_asked_again"), transaction.atomic():
        PaymentRefund.objects.create(**again, again_of=cover.id)

    assert hot_rows() == before
    assert [row[0] for row in returns_listed().rows] == [str(PaymentRefund.objects.get(dispute_id=None).id)]
    assert returns_listed(is_failed=True).rows == []
    sound()


@pytest.mark.parametrize(
    "wrong", [{"amount_minor": 601}, {"order_id": None}, {"money_of": 7}, {"again": True}, {"dispute_id": None}]
)
def test_the_database_lets_no_dispute_take_more_of_a_failed_return_than_it_left(wrong: dict[str, object]) -> None:
    till, failed = failed_in_dispute(taken_minor=400)
    cover = PaymentRefund.objects.get(money_of=failed.id)
    names = ("lane", "payment_id", "order_id", "currency", "at", "ended_at", "dispute_id", "state", "money_of")
    row = {name: getattr(cover, name) for name in names}
    row |= {"id": cover.id + 1, "key": "0" * 32, "transfer_id": 1, "amount_minor": 600}
    with transaction.atomic():
        PaymentRefund.objects.create(**row)
        transaction.set_rollback(True)
    if wrong.pop("again", False):
        ask_return_again(refund_id=failed.id, by=GIVEN_UP)

    with pytest.raises(IntegrityError, match="inv_36"), transaction.atomic():
        PaymentRefund.objects.create(**(row | wrong))
    with pytest.raises(IntegrityError, match="inv_36_cover_stays"), transaction.atomic():
        PaymentRefund.objects.filter(id=cover.id).update(money_of=None)

    assert PaymentRefund.objects.filter(money_of__isnull=False).count() == 1


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE payments_paymentrefund SET money_of = id WHERE money_of IS NOT NULL",
        "UPDATE payments_paymentrefund SET amount_minor = 300 WHERE state = 3",
        "UPDATE payments_paymentrefund SET order_id = NULL WHERE money_of IS NOT NULL",
    ],
)
def test_the_check_sees_a_dispute_that_took_what_no_failed_return_left(damage: str) -> None:
    failed_in_dispute(taken_minor=400)
    assert check("disputes")[1:] == (0, 0)

    assert run(damage) == 1

    assert check("disputes")[1:] == (1, 400)


def test_the_check_sees_that_what_a_dispute_took_is_asked_again() -> None:
    _, failed = failed_in_dispute(taken_minor=400)
    ask_return_again(refund_id=failed.id, by=GIVEN_UP)
    assert check("payment_returns")[1:] == (0, 0)

    assert run("UPDATE payments_paymentrefund SET money_of = NULL WHERE money_of IS NOT NULL") == 1

    assert check("payment_returns")[1:] == (1, 600)
