"""Two people pay a merchant: who approves a payout is not who sends it, in the action, the pages and the database."""

from importlib import import_module

import click
import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from fairground.cli.payouts import take_payout_on
from fairground.config.four_eyes import four_eyes
from fairground.identity.operators import add_operator
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.settlement.actions.advance_payouts import ApprovedBySame, NobodyNamed, advance_payout
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.models import Payout
from fairground.settlement.rules.payouts import PayoutState
from tests.factories import make_market
from tests.refunding import make_scene
from tests.settlement.making import SETTLED_MS, settle
from tests.sites.back_office.staff import EARLY, PASSWORD, sign_in


@pytest.fixture
def payout(two_writers: None, settings: Settings) -> Payout:
    settings.FOUR_EYES = True
    make_market()
    settle(make_scene().chairs)
    propose_payouts(now_ms=SETTLED_MS)
    return Payout.objects.get()


def advance(payout: Payout, then: PayoutState, user_id: int | None, *, reason: str = "") -> None:
    by = By(user_id=user_id, now=from_unix_ms(SETTLED_MS + 1), reason=reason)
    advance_payout(payout_id=payout.id, then=then, by=by)


def stands() -> tuple[PayoutState, int | None, int | None, bool]:
    row = Payout.objects.get()
    return PayoutState(row.state), row.approved_by, row.sent_by, row.four_eyes


def test_one_approves_and_another_one_sends(payout: Payout) -> None:
    advance(payout, PayoutState.APPROVED, 7)
    advance(payout, PayoutState.SENT, 8)
    advance(payout, PayoutState.CONFIRMED, 7)

    assert stands() == (PayoutState.CONFIRMED, 7, 8, True)


def test_who_approved_it_does_not_send_it(payout: Payout) -> None:
    advance(payout, PayoutState.APPROVED, 7)

    with pytest.raises(ApprovedBySame):
        advance(payout, PayoutState.SENT, 7)

    assert stands() == (PayoutState.APPROVED, 7, None, False)
    assert AuditEntry.objects.filter(subject_kind="payout").count() == 1


def test_nobody_without_a_name_approves_or_sends_but_it_may_fail(payout: Payout) -> None:
    with pytest.raises(NobodyNamed):
        advance(payout, PayoutState.APPROVED, None)
    advance(payout, PayoutState.APPROVED, 7)
    with pytest.raises(NobodyNamed):
        advance(payout, PayoutState.SENT, None)
    assert stands() == (PayoutState.APPROVED, 7, None, False)

    advance(payout, PayoutState.FAILED, None, reason="closed")
    assert stands()[0] is PayoutState.FAILED


def test_what_was_approved_when_nobody_asked_who_is_not_sent(payout: Payout) -> None:
    Payout.objects.update(state=PayoutState.APPROVED, approved_at=from_unix_ms(SETTLED_MS))

    with pytest.raises(NobodyNamed):
        advance(payout, PayoutState.SENT, 8)


def test_where_it_is_turned_off_one_does_both(payout: Payout, settings: Settings) -> None:
    settings.FOUR_EYES = False

    advance(payout, PayoutState.APPROVED, 7)
    advance(payout, PayoutState.SENT, 7)

    assert stands() == (PayoutState.SENT, 7, 7, False)


@pytest.mark.parametrize("people", [{"approved_by": 7, "sent_by": 7}, {"approved_by": 7}, {"sent_by": 7}])
def test_the_database_refuses_one_alone_where_two_were_asked_for(payout: Payout, people: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="payout_approved_and_sent_by_two"), transaction.atomic():
        Payout.objects.update(four_eyes=True, **people)


def test_who_did_it_before_is_what_the_audit_log_has(payout: Payout) -> None:
    advance(payout, PayoutState.APPROVED, 7)
    advance(payout, PayoutState.SENT, 8)
    Payout.objects.update(approved_by=None, sent_by=None, four_eyes=False)

    with connection.cursor() as cursor:
        cursor.execute(import_module("fairground.settlement.migrations.0007_four_eyes").KNOWN)

    assert stands() == (PayoutState.SENT, 7, 8, False)


def test_the_page_says_that_somebody_else_sends_it_and_how_to_turn_that_off(payout: Payout) -> None:
    client, step = sign_in(), f"/back-office/payouts/{payout.id}/step/"

    client.post(step, {"then": "approved"})
    asked = client.get(step).content
    assert (b"You approved it" in asked, b'class="office-button">' in asked) == (True, False)
    answer = client.post(step, {"then": "sent"}, follow=True).content

    assert (b"somebody else writes that it was sent" in answer, b"FAIRGROUND_FOUR_EYES=off" in answer) == (True, True)
    assert stands()[0] is PayoutState.APPROVED
    page = client.get(f"/back-office/settlement/payout/{payout.id}/change/").content
    assert page.count(b"operator@shop.example") >= 1


def test_the_command_line_says_who_and_only_the_staff_is_somebody(payout: Payout) -> None:
    for email in ("one@shop.example", "two@shop.example"):
        add_operator(email=email, role="operator", password=PASSWORD, by=EARLY)

    with pytest.raises(click.ClickException, match="--by"):
        take_payout_on(payout_id=payout.id, then=PayoutState.APPROVED)
    with pytest.raises(click.ClickException, match="nobody of the staff"):
        take_payout_on(payout_id=payout.id, then=PayoutState.APPROVED, email="nobody@shop.example")
    take_payout_on(payout_id=payout.id, then=PayoutState.APPROVED, email="one@shop.example")
    with pytest.raises(click.ClickException, match="does not send it"):
        take_payout_on(payout_id=payout.id, then=PayoutState.SENT, email="one@shop.example")
    take_payout_on(payout_id=payout.id, then=PayoutState.SENT, email="two@shop.example")

    assert (stands()[0], stands()[3]) == (PayoutState.SENT, True)


@pytest.mark.parametrize(
    ("text", "is_real", "is_on"), [("", True, True), ("", False, False), ("off", True, False), ("on", False, True)]
)
def test_it_is_on_where_money_is_real_and_nobody_says_otherwise(text: str, is_real: bool, is_on: bool) -> None:
    assert four_eyes(text, is_real=is_real) is is_on


def test_a_word_that_is_neither_is_no_setting() -> None:
    with pytest.raises(ValueError, match="FAIRGROUND_FOUR_EYES"):
        four_eyes("yes", is_real=True)
