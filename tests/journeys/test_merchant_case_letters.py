"""Merchants are told of cases by letter: when, what it says and leaves out, how often, until when its link works."""

import re
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from fairground.aftersales.actions.remind_merchants import remind_merchants
from fairground.aftersales.actions.shopper_steps import write_message
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseReason, Who
from fairground.letters.models import Letter
from fairground.letters.rules import TELLS_MAX
from fairground.merchants.contacts import erase_contact
from fairground.sites.merchant_desk.letters import send_to_merchants
from fairground.sites.merchant_desk.links import LINK_DAYS, Link, open_link
from tests.cases import accept, ask, by, send
from tests.merchant_links import (
    MAILBOX,
    letters,
    link_in,
    make_asked_scene,
    make_contact,
    now,
    opened,
    text_of,
)
from tests.refunding import Scene

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture(autouse=True)
def _mail_leaves(settings: Settings) -> None:
    """The shop has a mail server and an address."""
    settings.MAIL_LEAVES, settings.LINKS_ADDRESS = True, "https://shop.example"


@pytest.fixture
def scene() -> Scene:
    """A paid purchase; the chairs' merchant has a contact, and the chairs have come."""
    return make_asked_scene()


def test_a_case_comes_by_letter_without_the_buyers_words_and_leads_to_its_page(scene: Scene) -> None:
    case_id = opened(scene, text="My neighbour Eva saw it.")

    ((subject, text),) = letters()

    case = Case.objects.get(id=case_id)
    number = f"{scene.placed.number}-1-1"
    assert subject == f"Case {number}: please answer"
    assert mail.outbox[-1].to == [MAILBOX]
    assert "A buyer asks about goods that you sold." in text
    assert "There is a new message for you." in text
    assert "Eva" not in text
    assert "2 \N{MULTIPLICATION SIGN} " in text
    assert "It is broken or doesn't work" in text
    assert "If you don't, it counts as accepted." in text
    answer = Client().get(link_in(text))
    said = text_of(answer.content)
    assert answer.status_code == 200
    assert "My neighbour Eva saw it." in said
    assert "Waiting for you" in said
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")
    assert answer["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer
    assert open_link(link_in(text).split("/")[3].split("?")[0], now=now()) == Link(case_id, case.merchant_id, 1)


def test_a_letter_is_in_the_language_of_its_contact_and_leads_to_a_page_in_it(scene: Scene) -> None:
    make_contact(scene.chair, language="es")
    opened(scene)

    ((_, text),) = letters()

    assert link_in(text).endswith("?lang=es")
    assert '<html lang="es"' in Client().get(link_in(text)).content.decode()


def test_a_letter_is_sent_once_and_one_that_was_not_taken_is_sent_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(scene)

    def away(*_: object, **__: object) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", away)
        assert letters() == []
    assert (Letter.objects.get(reader=1).tells, Letter.objects.get(reader=1).told_at) == (1, None)
    assert letters() == []  # it is not due yet

    send_to_merchants(now=now() + timedelta(minutes=3))
    send_to_merchants(now=now() + timedelta(days=3))

    assert len(mail.outbox) == 1
    assert Letter.objects.get(reader=1).told_at is not None


def test_who_has_no_contact_is_told_as_soon_as_there_is_one_and_is_given_up_after_some_days(scene: Scene) -> None:
    erase_contact(merchant_id=scene.chair.merchant.id, by=by(now()))
    opened(scene)
    moment = now()
    for _ in range(3):
        send_to_merchants(now=moment)
        moment += timedelta(hours=6)
    assert mail.outbox == []
    make_contact(scene.chair)
    send_to_merchants(now=moment)
    assert len(mail.outbox) == 1

    Letter.objects.update(told_at=None, tells=TELLS_MAX)
    send_to_merchants(now=moment + timedelta(days=9))

    assert len(mail.outbox) == 1


def test_the_real_shop_keeps_letters_until_it_has_a_mail_server(scene: Scene, settings: Settings) -> None:
    opened(scene)
    settings.MAIL_LEAVES = False

    assert letters() == []

    assert Letter.objects.get(reader=1).tells == 0


def test_a_letter_with_a_link_waits_until_the_real_shop_knows_its_address(scene: Scene, settings: Settings) -> None:
    opened(scene)
    settings.LINKS_ADDRESS = ""

    assert letters() == []

    assert (Letter.objects.get(reader=1).tells, Letter.objects.get(reader=1).told_at) == (0, None)
    settings.LINKS_ADDRESS = "https://shop.example"
    ((_, text),) = letters()
    assert f"\nhttps://shop.example{link_in(text)}\n" in text


def test_a_demo_shows_its_letters_with_links_that_lead_to_it(scene: Scene, settings: Settings, tmp_path: Path) -> None:
    settings.REALM = type(settings.REALM)("demo")
    settings.DATABASE_IS_OURS, settings.ALLOWED_HOSTS = True, ["localhost"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH, settings.LINKS_ADDRESS = str(tmp_path), "http://localhost:9000"
    case_id = opened(scene)
    letters()

    shown = Client(headers={"Host": "localhost"}).get("/demo/mail", SERVER_NAME="localhost").content.decode()

    (way,) = re.findall(r'<a href="http://localhost:9000(/merchant/cases/[^"]+)"', shown)
    assert open_link(way.split("/")[3].split("?")[0], now=now()) == Link(case_id, scene.chair.merchant.id, 1)


def test_each_step_of_the_buyer_and_of_time_is_told_and_none_of_the_merchants_own(scene: Scene) -> None:
    case_id = opened(scene)
    letters()
    accept(case_id, now=now())
    assert letters() == []
    send(scene, case_id, now=now())

    ((subject, text),) = letters()
    assert subject.endswith("goods are on their way to you")
    assert "The buyer sent the goods back." in text
    write_message(case_id=case_id, who=Who.SHOPPER, text="Is it there?", by=by(now()), shopper_id=scene.shopper_id)
    ((subject, text),) = letters()
    assert subject.endswith("a message from the buyer")
    assert "Is it there?" not in text


def test_a_day_before_its_end_a_deadline_is_told_once(scene: Scene) -> None:
    case_id = opened(scene)
    letters()
    due_at = Case.objects.get(id=case_id).due_at
    assert due_at is not None
    assert remind_merchants(now=due_at - timedelta(hours=25)) == 0
    assert remind_merchants(now=due_at - timedelta(hours=23)) == 1
    assert remind_merchants(now=due_at - timedelta(hours=22)) == 0

    send_to_merchants(now=due_at - timedelta(hours=22))

    assert mail.outbox[-1].subject.endswith("one day is left")
    assert "The time for this ends within a day." in str(mail.outbox[-1].body)
    assert Letter.objects.filter(reader=1, news=3).count() == 1


def test_what_happens_by_itself_and_what_the_operator_decides_is_told(scene: Scene) -> None:
    case_id = opened(scene)
    letters()
    due_at = Case.objects.get(id=case_id).due_at
    assert due_at is not None
    sweep_cases(now=due_at)
    send_to_merchants(now=due_at)
    assert "It counts as accepted: the goods come back to you. This happened by itself" in str(mail.outbox[-1].body)

    other = opened(scene, 1)
    letters()
    accept(other, waived=True, who=Who.OPERATOR, now=now())

    ((subject, text),) = letters()
    assert subject.endswith("the money went back")
    assert "Fairground decided for the buyer, who has the money back. (" in text


def test_goods_that_had_not_left_are_told_in_one_letter_not_to_be_sent(scene: Scene) -> None:
    make_contact(scene.lamp)
    ask(scene, scene.lamps, 1, reason=CaseReason.CHANGED_MIND, now=now())

    ((_, text),) = letters()

    assert "These had not left: don't send them." in text
    assert "A buyer asks about goods that you sold." in text


def test_a_change_of_the_contact_ends_older_links_and_the_next_letter_has_one_that_works(scene: Scene) -> None:
    case_id = opened(scene)
    ((_, text),) = letters()
    make_contact(scene.chair, email="new@olmo.example")
    assert Client().get(link_in(text)).status_code == 404

    write_message(case_id=case_id, who=Who.SHOPPER, text="Well?", by=by(now()), shopper_id=scene.shopper_id)

    ((_, newer),) = letters()
    assert mail.outbox[-1].to == ["new@olmo.example"]
    assert Client().get(link_in(newer)).status_code == 200
    erase_contact(merchant_id=scene.chair.merchant.id, by=by(now()))
    assert Client().get(link_in(newer)).status_code == 404


def test_a_link_works_until_two_weeks_after_the_deadline(scene: Scene) -> None:
    case_id = opened(scene)
    due_at = Case.objects.get(id=case_id).due_at
    assert due_at is not None

    ((_, text),) = letters()

    token = link_in(text).split("/")[3].split("?")[0]
    assert open_link(token, now=due_at + timedelta(days=LINK_DAYS, seconds=-2)) is not None
    assert open_link(token, now=due_at + timedelta(days=LINK_DAYS, seconds=2)) is None
