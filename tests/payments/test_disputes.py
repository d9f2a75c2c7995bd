"""Payments that shoppers' banks want back: looked at, booked, contested, given up, won, lost; nobody is paid twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from fairground.checkout.actions.accept_disputes import (
    DisputeInPart,
    DisputeNotOpen,
    NothingClaimed,
    UnknownDispute,
    charge_dispute,
    contest_dispute,
)
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.checkout.actions.begin_payments import begin_top_up
from fairground.checkout.actions.book_provider_lines import LinesBooked, book_provider_lines
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.return_payments import attend_refund
from fairground.checkout.rules.refunding import OrderNotRefundable
from fairground.cli.payments import reconcile_with
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import TransferKind
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason, Step
from fairground.payments.disputes import disputes_due, disputes_shown
from fairground.payments.life import DisputeState, RefundState
from fairground.payments.models import Dispute, PaymentRefund
from fairground.payments.notices import note_notice
from fairground.payments.providers.keys import ProviderKeys, StripeKeys
from fairground.payments.providers.provider import NoticeForged
from tests.factories import BY, NOW, NOW_MS, give_wallet, pay_request
from tests.factories import pay as pay_now
from tests.payments.paying import Till, balance_of, make_till, stopped_at
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.payments.test_booking_provider_lines import check, money
from tests.payments.test_paying_by_stripe import ask, attend, begin, pay, stripe
from tests.settlement.making import books, settle

pytestmark = pytest.mark.usefixtures("two_writers")
DAY = NOW.date()
GIVEN_UP = By(user_id=None, now=NOW, reason="nobody can prove that it arrived")
DUE_BY = NOW_MS // 1000 + 7 * 86_400


@pytest.fixture
def server(settings: Settings) -> Iterator[StripeServer]:
    with stripe_server() as running:
        running.clock_s = NOW_MS // 1000
        settings.PROVIDER_KEYS = ProviderKeys(stripe=StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=running.url))
        yield running


@pytest.fixture
def till() -> Till:
    return make_till()


def intent_of(server: StripeServer) -> str:
    return str(next(one["id"] for one in server.objects.values() if one["object"] == "payment_intent"))


def hear(server: StripeServer) -> None:
    """Take the last webhook, and look at what it is about."""
    now = datetime.now(tz=UTC)
    notice = stripe(server).read_notice(headers=server.told[-1].headers, body=server.told[-1].body, now=now)
    assert notice is not None
    note_notice(provider="stripe", notice=notice, now=NOW)
    look(server)


def look(server: StripeServer) -> None:
    for dispute_id in disputes_due(now=NOW, disputes_max=9):
        attend_dispute(dispute_id=dispute_id, providers={"stripe": stripe(server)}, clock_ms=stopped_at(NOW_MS))


def return_all(server: StripeServer) -> None:
    for refund in PaymentRefund.objects.filter(state=RefundState.ASKING.value):
        attend_refund(refund_id=refund.id, providers={"stripe": stripe(server)}, clock_ms=stopped_at(NOW_MS))


def disputed(till: Till, server: StripeServer, *, amount: int | None = None) -> dict[str, Any]:
    """Pay two chairs, and let the bank want it back."""
    pay(till, server)
    dispute = server.open_dispute(intent_of(server), amount=amount, due_by=DUE_BY)
    hear(server)
    return dispute


def refund(till: Till, units: int = 1) -> None:
    refund_lines(units={(till.placed.orders[0].order_id, 1): units}, reason=RefundReason.WITHDRAWN, by=BY)


def escrow(till: Till) -> int:
    return balance_of(f"merchant:{till.sku.merchant.id}:escrow:EUR")


def sound() -> None:
    """Nothing is lost, and nothing appeared."""
    assert accounts_that_disagree() == []
    for key in ("clearing", "disputes", "payments", "payment_returns", "refunds", "escrow"):
        assert check(key)[1:] == (0, 0), key


def test_a_webhook_leads_to_a_look_and_what_was_taken_is_a_claim(till: Till, server: StripeServer) -> None:
    dispute = disputed(till, server)

    (seen,) = disputes_shown(are_over=False)
    assert (seen.state, seen.ref, seen.reason) == (DisputeState.OPEN, dispute["id"], "fraudulent")
    assert (seen.amount_minor, seen.taken_minor, seen.claim_minor, seen.currency) == (2_000, 2_000, 2_000, "EUR")
    assert seen.answer_before == datetime.fromtimestamp(DUE_BY, tz=UTC)
    assert (seen.purchase_id, seen.shopper_id) == (till.purchase_id, till.shopper_id)
    assert money() == {"clearing": -1_500, "disputes": 2_000, "fees": 1_500}
    assert (till.step(), escrow(till)) == (Step.PAID, 2_000)
    sound()


def test_the_same_webhook_again_and_the_books_of_that_day_book_nothing_more(till: Till, server: StripeServer) -> None:
    disputed(till, server)
    hear(server)
    lines = list(stripe(server).file_of(day=DAY))

    assert book_provider_lines(provider="stripe", lines=lines, by=GIVEN_UP) == LinesBooked(1, 2, 0)

    assert Dispute.objects.get().taken_minor == 2_000
    found = reconcile_with(code="stripe", day=DAY)
    assert (found.booked, found.to_book, found.differences) == (3, (), ())
    sound()


def test_a_forged_webhook_notes_nothing(till: Till, server: StripeServer) -> None:
    pay(till, server)
    server.open_dispute(intent_of(server))
    telling = server.told[-1]

    with pytest.raises(NoticeForged):
        stripe(server).read_notice(
            headers=telling.headers, body=telling.body.replace(b"2000", b"2001"), now=datetime.now(tz=UTC)
        )

    assert not Dispute.objects.exists()


def test_a_dispute_that_only_the_books_tell_of_is_noted_and_looked_at(till: Till, server: StripeServer) -> None:
    pay(till, server)
    server.open_dispute(intent_of(server), due_by=DUE_BY)

    book_provider_lines(provider="stripe", lines=reconcile_with(code="stripe", day=DAY).to_book, by=GIVEN_UP)

    assert Dispute.objects.get().state == DisputeState.NOTICED
    with pytest.raises(UnknownDispute):
        charge_dispute(dispute_id=Dispute.objects.get().pk, by=GIVEN_UP)
    look(server)
    (seen,) = disputes_shown(are_over=False)
    assert (seen.state, seen.taken_minor, seen.purchase_id) == (DisputeState.OPEN, 2_000, till.purchase_id)
    sound()


def test_given_up_its_purchase_goes_back_to_nobody_but_the_claim(till: Till, server: StripeServer) -> None:
    disputed(till, server)

    covered = charge_dispute(dispute_id=Dispute.objects.get().pk, by=GIVEN_UP)

    assert covered == 2_000
    assert money() == {"clearing": -1_500, "fees": 1_500}
    assert (till.step(), escrow(till), till.available_minor()) == (Step.CANCELLED, 0, 0)
    row = Dispute.objects.get()
    assert (row.state, row.covered_minor) == (DisputeState.ACCEPTED, 2_000)
    assert [Refund.objects.get().reason, PaymentRefund.objects.get().dispute_id] == [
        RefundReason.CHARGED_BACK,
        row.pk,
    ]
    assert not [one for one in server.objects.values() if one["object"] == "refund"]
    assert AuditEntry.objects.get(verb="charged").facts == {"covered_minor": [None, 2_000]}
    sound()
    with pytest.raises(DisputeNotOpen):
        charge_dispute(dispute_id=row.pk, by=GIVEN_UP)
    with pytest.raises(DisputeNotOpen):
        contest_dispute(dispute_id=row.pk, by=GIVEN_UP)
    with pytest.raises(OrderNotRefundable):
        refund(till)
    assert money() == {"clearing": -1_500, "fees": 1_500}


def test_what_the_wallet_paid_of_a_purchase_comes_back_into_it(till: Till, server: StripeServer) -> None:
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    payment = begin(till, wallet_minor=500)
    payment = ask(till, server, payment)
    server.finish(payment.ref, paid=True)
    attend(server, payment)
    server.open_dispute(intent_of(server))
    hear(server)

    assert charge_dispute(dispute_id=Dispute.objects.get().pk, by=GIVEN_UP) == 1_500

    assert (till.available_minor(), escrow(till)) == (500, 0)
    sound()


def test_a_refund_while_it_is_contested_covers_the_claim_and_is_not_paid_twice(
    till: Till, server: StripeServer
) -> None:
    disputed(till, server)
    contest_dispute(dispute_id=Dispute.objects.get().pk, by=GIVEN_UP)

    refund(till)
    return_all(server)

    row = Dispute.objects.get()
    assert (row.state, row.covered_minor) == (DisputeState.CONTESTED, 1_000)
    assert (till.available_minor(), escrow(till)) == (0, 1_000)
    assert not [one for one in server.objects.values() if one["object"] == "refund"]
    sound()


def test_a_contested_one_that_is_won_is_ours_again_and_what_was_refunded_goes_to_the_shopper(
    till: Till, server: StripeServer
) -> None:
    dispute = disputed(till, server)
    contest_dispute(dispute_id=Dispute.objects.get().pk, by=GIVEN_UP)
    refund(till)

    server.close_dispute(dispute, is_won=True)
    hear(server)
    return_all(server)

    row = Dispute.objects.get()
    assert (row.state, row.taken_minor, row.covered_minor) == (DisputeState.WON, 0, 0)
    assert row.ended_at == NOW
    assert sorted(PaymentRefund.objects.values_list("state", "amount_minor")) == [(2, 1_000), (4, 1_000)]
    assert money() == {"clearing": 2_000 - 1_500 - 1_000, "fees": 1_500}
    assert (till.available_minor(), escrow(till)) == (0, 1_000)
    sound()
    hear(server)
    assert PaymentRefund.objects.count() == 2
    with pytest.raises(DisputeNotOpen):
        charge_dispute(dispute_id=row.pk, by=GIVEN_UP)


def test_one_that_is_lost_is_charged_by_itself_once(till: Till, server: StripeServer) -> None:
    dispute = disputed(till, server)
    server.close_dispute(dispute, is_won=False)

    hear(server)
    hear(server)

    row = Dispute.objects.get()
    assert (row.state, row.covered_minor, row.look_at) == (DisputeState.LOST, 2_000, None)
    assert (till.step(), escrow(till)) == (Step.CANCELLED, 0)
    assert Transfer.objects.filter(kind=TransferKind.DISPUTE_COVERED).count() == 1
    sound()
    with pytest.raises(NothingClaimed):
        charge_dispute(dispute_id=row.pk, by=GIVEN_UP)


def test_of_a_released_order_the_merchant_owes_what_the_bank_took(till: Till, server: StripeServer) -> None:
    dispute = disputed(till, server)
    settle(till.placed.orders[0].order_id)
    merchant_id = till.sku.merchant.id
    assert (escrow(till), books(merchant_id)["merchant:payable"]) == (0, 1_879)  # less commission and its tax

    server.close_dispute(dispute, is_won=False)
    hear(server)

    assert "merchant:payable" not in books(merchant_id)
    assert (Dispute.objects.get().covered_minor, till.available_minor(), escrow(till)) == (2_000, 0, 0)
    sound()


def test_one_in_part_is_charged_by_a_refund_of_what_it_is_for(till: Till, server: StripeServer) -> None:
    dispute = disputed(till, server, amount=700)
    with pytest.raises(DisputeInPart):
        charge_dispute(dispute_id=Dispute.objects.get().pk, by=GIVEN_UP)
    assert escrow(till) == 2_000

    server.close_dispute(dispute, is_won=False)
    hear(server)
    assert (Dispute.objects.get().state, escrow(till)) == (DisputeState.LOST, 2_000)
    refund(till)
    return_all(server)

    assert Dispute.objects.get().covered_minor == 700
    assert [one["amount"] for one in server.objects.values() if one["object"] == "refund"] == [300]
    assert (till.available_minor(), escrow(till)) == (0, 1_000)
    sound()


def test_a_return_that_the_provider_refuses_for_a_dispute_is_not_left_to_be_spent(
    till: Till, server: StripeServer
) -> None:
    pay(till, server)
    refund(till)
    server.open_dispute(intent_of(server))
    hear(server)
    server.short = "charge_disputed"

    return_all(server)

    assert sorted(PaymentRefund.objects.values_list("state", "amount_minor")) == [(2, 1_000), (3, 1_000)]
    assert (till.available_minor(), Dispute.objects.get().covered_minor) == (0, 1_000)
    sound()


def test_a_top_up_in_dispute_is_taken_out_of_the_wallet_as_far_as_it_is_there(till: Till, server: StripeServer) -> None:
    payment = begin_top_up(
        shopper_id=till.shopper_id,
        provider="stripe",
        amount_minor=2_000,
        currency="EUR",
        key=UUID(int=5),
        now_ms=NOW_MS,
    )
    payment = ask(till, server, payment)
    server.finish(payment.ref, paid=True)
    attend(server, payment)
    give_wallet(shopper_id=till.shopper_id, amount_minor=300)
    pay_now([pay_request(till.placed, shopper_id=till.shopper_id)])
    server.open_dispute(intent_of(server))
    hear(server)

    assert charge_dispute(dispute_id=Dispute.objects.get().pk, by=GIVEN_UP) == 300

    row = Dispute.objects.get()
    assert (row.state, row.taken_minor - row.covered_minor) == (DisputeState.ACCEPTED, 1_700)
    assert (till.available_minor(), money()["disputes"]) == (0, 1_700)
