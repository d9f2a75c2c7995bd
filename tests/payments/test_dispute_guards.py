"""What disputes are kept safe by: constraints, checks, and what is done where nobody answers or only books tell."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from fairground.checkout.actions.accept_disputes import (
    UnknownDispute,
    charge_dispute,
)
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.payments.disputes import disputes_due, disputes_shown
from fairground.payments.life import DisputeState
from fairground.payments.models import Dispute, PaymentRefund
from fairground.payments.providers.keys import ProviderKeys, StripeKeys
from fairground.payments.providers.provider import FileKind, FileLine
from tests.factories import NOW, NOW_MS
from tests.payments.paying import Till, make_till, stopped_at
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.payments.test_booking_provider_lines import check, money
from tests.payments.test_disputes import GIVEN_UP, disputed, escrow, hear, intent_of, refund, sound
from tests.payments.test_paying_by_stripe import pay
from tests.payments.wire_server import Fault

pytestmark = pytest.mark.usefixtures("two_writers")


@pytest.fixture
def server(settings: Settings) -> Iterator[StripeServer]:
    with stripe_server() as running:
        running.clock_s = NOW_MS // 1000
        settings.PROVIDER_KEYS = ProviderKeys(stripe=StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=running.url))
        yield running


@pytest.fixture
def till() -> Till:
    return make_till()


def test_a_provider_that_does_not_answer_is_asked_again_and_nothing_is_guessed(
    till: Till, server: StripeServer
) -> None:
    pay(till, server)
    dispute = server.open_dispute(intent_of(server))
    server.fail_next(f"/disputes/{dispute['id']}", Fault.DOWN)

    hear(server)

    row = Dispute.objects.get()
    assert (row.state, row.taken_minor, row.tries) == (DisputeState.NOTICED, 0, 1)
    assert row.look_at == NOW + timedelta(seconds=5)


def test_a_dispute_of_a_payment_that_is_none_of_ours_is_a_claim_that_nobody_is_charged_for(
    till: Till, server: StripeServer
) -> None:
    pay(till, server)
    server.objects[intent_of(server)]["metadata"] = {"key": "somebody else's"}
    server.open_dispute(intent_of(server))

    hear(server)

    with pytest.raises(UnknownDispute):
        charge_dispute(dispute_id=Dispute.objects.get().pk, by=GIVEN_UP)
    assert (money()["disputes"], escrow(till)) == (2_000, 2_000)
    sound()


def test_of_a_provider_that_only_its_books_tell_of_the_payments_own_name_leads_to_it(till: Till) -> None:
    payment = till.agree(till.begin())

    def told(kind: FileKind, line_id: str) -> None:
        line = FileLine(kind, payment.ref, "", 2_000, "EUR", NOW, line_id)
        book_provider_lines(provider="local", lines=[line], by=GIVEN_UP)
        (dispute_id,) = disputes_due(now=NOW, disputes_max=9)
        attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS))

    told(FileKind.DISPUTE, "1")
    (seen,) = disputes_shown(are_over=False)
    assert (seen.state, seen.amount_minor, seen.payment_id) == (DisputeState.OPEN, 2_000, payment.id)
    assert charge_dispute(dispute_id=seen.id, by=GIVEN_UP) == 2_000
    told(FileKind.DISPUTE_WON, "2")
    till.return_all()

    (over,) = disputes_shown(are_over=True)
    assert (over.state, over.taken_minor, over.covered_minor) == (DisputeState.WON, 0, 0)
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    sound()


def test_no_more_is_covered_than_was_taken_and_a_cover_stays_where_it_is(till: Till, server: StripeServer) -> None:
    disputed(till, server)
    refund(till)

    with pytest.raises(IntegrityError, match="inv_36_covered_within_taken"), transaction.atomic():
        Dispute.objects.update(covered_minor=2_001)
    with pytest.raises(IntegrityError, match="INV-36"), transaction.atomic():
        PaymentRefund.objects.update(dispute_id=None)
    with pytest.raises(IntegrityError, match="inv_36_dispute_once"), transaction.atomic():
        Dispute.objects.create(provider="stripe", ref=Dispute.objects.get().ref, state=1, noted_at=NOW)


def test_the_check_sees_a_claim_that_no_line_made(till: Till, server: StripeServer) -> None:
    disputed(till, server)
    Dispute.objects.update(taken_minor=2_500)
    assert check("disputes") == (1, 1, 500)
    Dispute.objects.update(taken_minor=2_000, covered_minor=300)
    assert check("disputes") == (1, 1, 300)
    Dispute.objects.all().delete()
    assert check("disputes") == (0, 1, 2_000)
