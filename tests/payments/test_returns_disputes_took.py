"""Returns that failed in a dispute, or were undone with one: what a bank took of them is not asked for again."""

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.actions.accept_disputes import charge_dispute
from fairground.checkout.actions.ask_again import ClaimOnPayment, NoFailedReturn, ask_return_again
from fairground.payments.life import RefundState
from fairground.payments.models import PaymentRefund
from fairground.payments.reading import payments_of_purchase
from fairground.payments.returns import returns_to_look_at
from fairground.settlement.reports.listed import returns_listed
from fairground.sites.storefront.return_words import failed_return_notes
from tests.books import hot_rows
from tests.factories import NOW, give_wallet
from tests.payments.paying import Till, make_till
from tests.payments.test_booking_provider_lines import check
from tests.payments.test_disputes_beside_others import GIVEN_UP, claim_minor, failed_return, refund, sound, take_back
from tests.rehearsal.damages import run
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("two_writers")


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
    _, failed = failed_in_dispute(taken_minor=400)
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
