"""Disputed payments in the back office: who sees them, until when to answer, contesting, giving up, and why."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.kernel.models import AuditEntry
from fairground.payments.life import DisputeState
from fairground.payments.models import Dispute
from fairground.payments.providers.provider import DisputeAt, Disputed, FileKind, FileLine
from tests.factories import BY, NOW, NOW_MS
from tests.payments.paying import Till, make_till, stopped_at
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")
PAGE = "/back-office/disputes/"


@pytest.fixture
def till() -> Till:
    """Two chairs that were paid, and that a bank wants back within a week."""
    till = make_till()
    payment = till.agree(till.begin())
    taken = FileLine(FileKind.DISPUTE, "dp_1", "", 2_000, "EUR", NOW, "txn_1")
    week = datetime.now(UTC) + timedelta(days=7)
    till.provider.disputes["dp_1"] = Disputed(
        "dp_1", payment.key.hex, DisputeAt.OPEN, 2_000, "EUR", "fraudulent", week, (taken,)
    )
    book_provider_lines(provider="local", lines=[taken], by=BY)
    attend_dispute(dispute_id=Dispute.objects.get().pk, providers=till.providers, clock_ms=stopped_at(NOW_MS))
    return till


def decide(client: Client, deed: str, *, reason: str = "no proof of delivery", dispute: int | None = None) -> str:
    dispute = Dispute.objects.get().pk if dispute is None else dispute
    answer = client.post(PAGE, {"dispute": dispute, "deed": deed, "reason": reason}, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_dispute_is_shown_with_its_deadline_and_what_was_taken(till: Till) -> None:
    page = " ".join(sign_in("support").get(PAGE).content.decode().split())

    assert "dp_1" in page
    assert f"{Dispute.objects.get().answer_before:%Y-%m-%d %H:%M}" in page
    assert "wants an answer" in page
    assert page.count("20.00 EUR") == 3
    assert till.placed.number in page
    assert "Give up and charge" not in page
    assert "There are none." in sign_in().get(f"{PAGE}?over=1").content.decode()


def test_it_is_contested_for_a_reason(till: Till) -> None:
    page = decide(sign_in(), "contest", reason="the signature of the recipient")

    assert "It is contested." in page
    assert Dispute.objects.get().state == DisputeState.CONTESTED
    assert AuditEntry.objects.get(verb="contested").reason == "the signature of the recipient"
    assert "It is decided or over." in decide(sign_in(), "contest")


def test_it_is_given_up_once(till: Till) -> None:
    assert "It is given up" in decide(sign_in(), "charge")
    assert "It is decided or over." in decide(sign_in(), "charge")

    assert (Dispute.objects.get().covered_minor, till.money()) == (2_000, {"clearing": 0, "wallet": 0, "escrow": 0})
    assert AuditEntry.objects.get(verb="charged").reason == "no proof of delivery"


def test_what_is_lost_for_good_is_borne_with_a_reason_and_then_over(till: Till) -> None:
    Dispute.objects.update(state=DisputeState.LOST.value, ended_at=NOW)
    page = " ".join(sign_in().get(PAGE).content.decode().split())
    assert "One that is lost stays here" in page
    assert "It is the platform&#x27;s loss" in page or "It is the platform's loss" in page

    shown = decide(sign_in(), "bear", reason="the shopper spent it")

    assert "There are none." in shown
    assert Dispute.objects.get().state == DisputeState.BORNE
    assert AuditEntry.objects.get(verb="borne").reason == "the shopper spent it"
    over = " ".join(sign_in().get(f"{PAGE}?over=1").content.decode().split())
    assert "borne by the platform" in over
    assert 'name="deed"' not in over
    assert "It is not lost" in decide(sign_in(), "bear")


def test_what_only_the_books_tell_of_is_borne_before_anybody_says_that_it_is_lost(till: Till) -> None:
    assert 'value="bear"' not in sign_in().get(PAGE).content.decode()
    till.provider.disputes.clear()
    attend_dispute(dispute_id=Dispute.objects.get().pk, providers=till.providers, clock_ms=stopped_at(NOW_MS))
    assert 'value="bear"' in sign_in().get(PAGE).content.decode()

    shown = decide(sign_in(), "bear", reason="the provider will never say more")

    assert ("What is not covered of it is" in shown, "There are none." in shown) == (True, True)
    assert Dispute.objects.get().state == DisputeState.BORNE


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_without_a_reason_nothing_changes(till: Till, reason: str) -> None:
    assert "Say why, in a few words." in decide(sign_in(), "charge", reason=reason)

    assert Dispute.objects.get().state == DisputeState.OPEN


def test_another_deed_or_dispute_changes_nothing(till: Till) -> None:
    assert "Nothing was changed: choose what to do." in decide(sign_in(), "delete")
    assert "There is no such dispute" in decide(sign_in(), "charge", dispute=10**30)
    assert "There is no such dispute" in decide(sign_in(), "contest", dispute=-1)

    assert Dispute.objects.get().state == DisputeState.OPEN


@pytest.mark.parametrize("role", ["support", "accountant"])
def test_who_may_only_see_decides_nothing(till: Till, role: str) -> None:
    answer = sign_in(role).post(PAGE, {"dispute": Dispute.objects.get().pk, "deed": "charge", "reason": "mine"})

    assert answer.status_code == 403
    assert Dispute.objects.get().state == DisputeState.OPEN
