"""Letters to merchants on withdrawals, payouts and holds: what each says, where it goes, and what goes with it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from pytest_django import Settings

from fairground.fulfilment.models import Withdrawal
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.letters.models import Letter
from fairground.letters.rules import Matter, News, Reader
from fairground.merchants.contacts import ContactFacts, write_contact
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.actions.edit_terms import edit_terms
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.models import Payout
from fairground.settlement.rules.payouts import PayoutState
from fairground.settlement.rules.terms import SettlementTerms
from fairground.sites.merchant_desk.letters import send_to_merchants
from tests.cases import ship
from tests.factories import BY, NOW, make_market, make_merchant
from tests.fulfilment.withdrawing import buy, withdraw
from tests.refunding import LATER_MS, make_scene
from tests.settlement.making import SETTLED_MS, settle

pytestmark = pytest.mark.usefixtures("lone_writer")

FACTS = ContactFacts("service@olmo.example", "en", "books@olmo.example", "en")
SOON = max(from_unix_ms(LATER_MS), from_unix_ms(SETTLED_MS), NOW) + timedelta(days=1)


@pytest.fixture(autouse=True)
def _mail_leaves(settings: Settings) -> None:
    """The shop has a mail server."""
    settings.MAIL_LEAVES = True


def letters() -> list[EmailMessage]:
    """Send what is due to merchants, and return it."""
    before = len(mail.outbox)
    send_to_merchants(now=SOON)
    return mail.outbox[before:]


def make_contact(merchant_id: int, facts: ContactFacts = FACTS) -> None:
    """Write down where a merchant is told."""
    write_contact(merchant_id=merchant_id, facts=facts, by=BY)


def proposed() -> int:
    """Let the merchant of some chairs be owed something that is to be paid out; it has a contact."""
    make_market()
    scene = make_scene()
    make_contact(scene.chair.merchant.id)
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    return Payout.objects.get().id


def test_a_withdrawal_from_what_had_not_left_tells_each_merchant_of_its_own_order_and_of_nobody() -> None:
    bought = buy()
    for sku in (bought.chair, bought.lamp):
        make_contact(sku.merchant.id)
    withdraw(bought.placed.number)

    sent = letters()

    assert [one.to for one in sent] == [["service@olmo.example"]] * 2
    first = next(one for one in sent if one.subject == f"Withdrawal from order {bought.placed.number}-1")
    text = str(first.body)
    assert "2 \N{MULTIPLICATION SIGN} " in text
    assert "What of it: all of this order." in text
    assert "Nothing of it had left: the order is cancelled. Don't send it." in text
    assert "Ana" not in text
    assert "example.org" not in text
    assert letters() == []


def test_a_withdrawal_from_a_part_brings_the_words_that_say_which() -> None:
    bought = buy()
    make_contact(bought.chair.merchant.id)
    ship(bought.chairs)
    withdraw(f"{bought.placed.number}-1", statement="one of the chairs")

    (letter,) = letters()

    assert "In the buyer's words: one of the chairs" in str(letter.body)
    assert "Send nothing more of what is withdrawn." in str(letter.body)
    assert Withdrawal.objects.get().refund_by is not None


def test_a_withdrawal_that_is_sent_again_is_told_once() -> None:
    bought = buy()
    make_contact(bought.chair.merchant.id)
    for _ in range(2):
        withdraw(f"{bought.placed.number}-1")

    assert Letter.objects.count() == 1
    assert len(letters()) == 1


def test_what_becomes_of_a_payout_is_told_where_money_is_and_the_statement_comes_with_it() -> None:
    payout_id = proposed()
    advance_payout(payout_id=payout_id, then=PayoutState.APPROVED, by=BY)
    (approved,) = letters()
    assert approved.to == ["books@olmo.example"]
    assert "is approved, and will be sent." in str(approved.body)
    assert approved.attachments == []

    advance_payout(payout_id=payout_id, then=PayoutState.SENT, by=BY, reference="SEPA-77")
    (sent,) = letters()

    assert str(sent.subject).endswith(": sent")
    assert "The bank's reference: SEPA-77" in str(sent.body)
    ((name, content, kind),) = sent.attachments
    assert (name, kind) == (f"statement-{payout_id}.csv", "text/csv")
    assert str(content).startswith("order,kind,at,currency,gross")
    advance_payout(payout_id=payout_id, then=PayoutState.FAILED, by=By(None, NOW, "account closed"))
    (failed,) = letters()
    assert "Why it failed: account closed" in str(failed.body)
    assert failed.attachments == []


def test_a_payout_that_failed_before_its_letter_left_has_no_statement_and_says_both() -> None:
    payout_id = proposed()
    for then in (PayoutState.APPROVED, PayoutState.SENT):
        advance_payout(payout_id=payout_id, then=then, by=BY)
    advance_payout(payout_id=payout_id, then=PayoutState.FAILED, by=By(None, NOW, "account closed"))

    (letter,) = letters()

    assert str(letter.subject).endswith(": failed")
    assert "was sent to your bank." not in str(letter.body)
    assert "statement" not in str(letter.body)
    assert Payout.objects.get().state == PayoutState.FAILED.value


def test_a_merchant_that_is_held_is_told_why_and_when_it_is_over() -> None:
    make_market()
    merchant = make_merchant()
    make_contact(merchant.id)
    edit_terms(merchant_id=merchant.id, terms=SettlementTerms(held=True, held_because="papers are missing"), by=BY)

    (held,) = letters()

    assert (held.subject, held.to) == ("Your money is held", ["books@olmo.example"])
    assert "Why: papers are missing" in str(held.body)
    by = By(user_id=None, now=NOW + timedelta(hours=1))
    edit_terms(merchant_id=merchant.id, terms=SettlementTerms(), by=by)
    (over,) = letters()
    assert over.subject == "Your money is not held any more"
    edit_terms(merchant_id=merchant.id, terms=SettlementTerms(payout_min_cents=500), by=by)
    assert letters() == []


def test_a_letter_that_can_not_be_written_stops_no_other() -> None:
    bought = buy()
    make_contact(bought.chair.merchant.id)
    withdraw(f"{bought.placed.number}-1")
    # A letter about a payout that there is not, due before the other.
    Letter.objects.create(
        reader=Reader.MERCHANT.value,
        reader_id=bought.chair.merchant.id,
        matter=Matter.PAYOUT.value,
        subject_id=7,
        news=News.PAYOUT_SENT.value,
        event_id=0,
        at=NOW - timedelta(days=1),
        tell_after=NOW - timedelta(days=1),
    )

    (letter,) = letters()

    assert "A buyer withdrew from an order with you." in str(letter.body)
    bad = Letter.objects.get(subject_id=7)
    assert (bad.told_at, bad.tells) == (None, 1)
    assert bad.tell_after > SOON
