"""Merchants are told by letter and answer by its link: what the letters say, what the page does, who sees nothing."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fairground.aftersales.actions.remind_merchants import remind_merchants
from fairground.aftersales.actions.shopper_steps import write_message
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case, CaseEvidence, CaseMessage
from fairground.aftersales.rules import CaseReason, CaseState, Who
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.kernel.tokens import TokenKey
from fairground.letters.models import Letter
from fairground.letters.rules import TELLS_MAX
from fairground.merchants.contacts import ContactFacts, erase_contact, write_contact
from fairground.sites.merchant_desk.entrance import BAD_LINKS_AN_HOUR_MAX, DEEDS_AN_HOUR_MAX
from fairground.sites.merchant_desk.letters import send_to_merchants
from fairground.sites.merchant_desk.links import LINK_DAYS, Link, open_link, sign_link
from tests.books import hot_rows
from tests.cases import accept, ask, by, refuse, send, ship, state_of
from tests.factories import SkuMade, make_market
from tests.picture_making import photo
from tests.refunding import Scene, make_scene, wallet_minor

pytestmark = pytest.mark.usefixtures("lone_writer")

MAILBOX = "service@olmo.example"


@pytest.fixture(autouse=True)
def _mail_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop has a mail server."""
    monkeypatch.setattr(settings, "MAIL_LEAVES", True)


def now() -> datetime:
    """Return the present moment: pages go by the clock."""
    return datetime.now(UTC)


def make_contact(sku: SkuMade, *, language: str = "en", email: str = MAILBOX) -> None:
    """Write down where the merchant of a SKU is told."""
    write_contact(merchant_id=sku.merchant.id, facts=ContactFacts(email, language), by=by(now()))


@pytest.fixture
def scene() -> Scene:
    """A paid purchase; the chairs' merchant has a contact, and the chairs have come."""
    make_market()
    made = make_scene()
    ship(made.chairs)
    make_contact(made.chair)
    return made


def opened(scene: Scene, units: int = 2, **asked: object) -> int:
    """Open a case about chairs, now."""
    return ask(scene, scene.chairs, units, now=now(), **asked).case_id  # type: ignore[arg-type]


def letters() -> list[tuple[str, str]]:
    """Send what is due to merchants, and return subject and text of each letter that left for it."""
    before = len(mail.outbox)
    send_to_merchants(now=now() + timedelta(seconds=1))
    return [(str(one.subject), str(one.body)) for one in mail.outbox[before:]]


def link_in(text: str) -> str:
    """Return the path of a letter's link."""
    (found,) = re.findall(r"(/merchant/cases/\S+)", text)
    return str(found)


def path_of(case_id: int) -> str:
    """Return the path of a link to a case, as a letter sent now would have it."""
    case = Case.objects.get(id=case_id)
    token = sign_link(Link(case_id, case.merchant_id, 1), ends_at=now() + timedelta(days=1))
    return f"/merchant/cases/{token}"


def text_of(content: bytes) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode()))


def do(path: str, deed: str, **form: object) -> str:
    """Send a form of the page, and return what it says then."""
    answer = Client().post(path, {"deed": deed, **form}, follow=True)
    return text_of(answer.content)


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


def test_the_real_shop_keeps_letters_until_it_has_a_mail_server(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(scene)
    monkeypatch.setattr(settings, "MAIL_LEAVES", False)

    assert letters() == []

    assert Letter.objects.get(reader=1).tells == 0


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


def test_the_merchant_accepts_a_part_by_the_link_and_the_log_says_so(scene: Scene) -> None:
    case_id = opened(scene)
    path = path_of(case_id)

    said = do(path, "accept", seen="OPENED", **{"units-1": "1", "when": "later", "text": "Send it to Valencia."})

    assert "Accepted. The buyer sees it now." in said
    assert "1 accepted" in said
    assert state_of(case_id) is CaseState.ACCEPTED
    assert CaseMessage.objects.get().who == Who.MERCHANT.value
    entry = AuditEntry.objects.get(verb="case-accepted")
    assert (entry.user_id, entry.facts["by_link"], entry.facts["for"]) == (None, [None, True], [None, "merchant"])


def test_the_merchant_gives_the_money_back_at_once(scene: Scene) -> None:
    case_id, before = opened(scene), wallet_minor(scene.shopper_id)

    do(path_of(case_id), "accept", seen="OPENED", **{"units-1": "2", "when": "now"})

    assert state_of(case_id) is CaseState.REFUNDED
    assert wallet_minor(scene.shopper_id) > before


def test_a_refusal_needs_words_and_goes_to_the_buyer_who_may_put_it_before_us(scene: Scene) -> None:
    case_id = opened(scene)
    path = path_of(case_id)

    assert "Some words are needed here." in do(path, "refuse", seen="OPENED", text=" ")
    assert state_of(case_id) is CaseState.OPENED
    said = do(path, "refuse", seen="OPENED", text="It was worn.")

    assert "Refused. The buyer sees why" in said
    assert state_of(case_id) is CaseState.REFUSED
    assert CaseMessage.objects.get().text == "It was worn."


def test_the_merchant_writes_adds_a_picture_and_notes_what_came_back(scene: Scene) -> None:
    case_id = opened(scene)
    path = path_of(case_id)
    file = SimpleUploadedFile("a.jpg", photo(400, 300), content_type="image/jpeg")
    assert "Your message stands here now." in do(path, "write", text="Look.", messages_seen="0", evidence=file)
    assert CaseEvidence.objects.get().who == Who.MERCHANT.value
    token = path.rpartition("/")[2]
    shown = Client().get(f"/merchant/cases/{token}/pictures/1")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/webp", "private, no-store")
    accept(case_id, now=now())
    send(scene, case_id, now=now())

    said = do(path, "receive", **{"back-1": "2", "sellable-1": "1"})

    assert "Noted what came back." in said
    assert state_of(case_id) is CaseState.REFUNDED
    assert AuditEntry.objects.get(verb="case-received").facts["by_link"] == [None, True]


def test_two_answers_at_once_have_one_effect(scene: Scene) -> None:
    case_id = opened(scene)
    path = path_of(case_id)
    do(path, "accept", seen="OPENED", **{"units-1": "2", "when": "now"})
    rows, paid = hot_rows(), wallet_minor(scene.shopper_id)

    for deed, form in (("accept", {"units-1": "2", "when": "now"}), ("refuse", {"text": "No."})):
        answer = Client().post(path, {"deed": deed, "seen": "OPENED", **form})
        assert answer.status_code == 422
        assert "Something changed while you were here: look again." in text_of(answer.content)

    assert (hot_rows(), wallet_minor(scene.shopper_id)) == (rows, paid)
    assert state_of(case_id) is CaseState.REFUNDED


@pytest.mark.parametrize(
    "form",
    [
        {"deed": "accept", "seen": "OPENED", "units-1": "3", "when": "now"},
        {"deed": "accept", "seen": "OPENED", "units-1": "-1", "when": "now"},
        {"deed": "accept", "seen": "OPENED", "units-1": "9" * 40, "when": "now"},
        {"deed": "accept", "seen": "OPENED", "units-1": "0", "when": "now"},
        {"deed": "accept", "seen": "ESCALATED", "units-1": "2", "when": "now"},
        {"deed": "accept", "units-1": "2", "when": "now"},
        {"deed": "receive", "back-1": "2", "sellable-1": "2"},
        {"deed": "refuse", "seen": "OPENED", "text": "x" * 2_001},
        {"deed": "write", "text": "", "messages_seen": "0"},
        {"deed": "decide", "seen": "OPENED", "units-1": "2"},
        {},
    ],
)
def test_what_the_page_does_not_offer_changes_nothing(scene: Scene, form: dict[str, str]) -> None:
    case_id = opened(scene)
    rows = hot_rows()

    answer = Client().post(path_of(case_id), form)

    assert answer.status_code == 422
    assert hot_rows() == rows
    assert state_of(case_id) is CaseState.OPENED
    assert not CaseMessage.objects.exists()
    assert not AuditEntry.objects.filter(subject_kind="case").exists()


def test_what_was_put_before_us_the_merchant_does_not_decide(scene: Scene) -> None:
    case_id = opened(scene, reason=CaseReason.MISSING)
    due_at = Case.objects.get(id=case_id).due_at
    assert due_at is not None
    sweep_cases(now=due_at)
    assert state_of(case_id) is CaseState.ESCALATED
    path = path_of(case_id)

    answer = Client().post(path, {"deed": "accept", "seen": "ESCALATED", "units-1": "1", "when": "now"})

    assert answer.status_code == 422
    assert state_of(case_id) is CaseState.ESCALATED
    assert 'value="accept"' not in Client().get(path).content.decode()


def bad_tokens(scene: Scene, case_id: int) -> Sequence[str]:
    """Return tokens that open nothing: changed, cut off, too old, of others, of another purpose or realm."""
    merchant_id, tomorrow = scene.chair.merchant.id, now() + timedelta(days=1)
    good = sign_link(Link(case_id, merchant_id, 1), ends_at=tomorrow)
    other = TokenKey.derive(secret=settings.SECRET_KEY, audience=settings.REALM.name, purpose=1)
    elsewhere = TokenKey.derive(secret=settings.SECRET_KEY, audience="another", purpose=4)
    forged = TokenKey.derive(secret="guessed", audience=settings.REALM.name, purpose=4)
    end = int(tomorrow.timestamp())
    return [
        good[:-1],
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        ("B" if good[0] != "B" else "C") + good[1:],
        good[:20] + ("A" if good[20] != "A" else "B") + good[21:],
        sign_link(Link(case_id, merchant_id, 1), ends_at=now() - timedelta(seconds=1)),
        sign_link(Link(case_id, scene.lamp.merchant.id, 1), ends_at=tomorrow),
        sign_link(Link(case_id + 1, merchant_id, 1), ends_at=tomorrow),
        sign_link(Link(-1, merchant_id, 1), ends_at=tomorrow),
        sign_link(Link(case_id, merchant_id, 2), ends_at=tomorrow),
        sign_link(Link(case_id, merchant_id, 0), ends_at=tomorrow),
        other.sign(b"\0" * 20, expires_at_s=end),
        elsewhere.sign(b"\0" * 20, expires_at_s=end),
        forged.sign(b"\0" * 20, expires_at_s=end),
        "AQQB",
        "%E2%9C%93",
        "a" * 3_000,
    ]


def test_no_changed_old_or_foreign_link_opens_a_case_and_all_are_answered_alike(scene: Scene) -> None:
    make_contact(scene.lamp)
    case_id = opened(scene, text="Between us.")
    rows = hot_rows()
    tokens = bad_tokens(scene, case_id)
    assert Client().get(path_of(case_id)).status_code == 200

    seen = set()
    for token in tokens:
        answer = Client().post(f"/merchant/cases/{token}", {"deed": "refuse", "seen": "OPENED", "text": "No."})
        assert (answer.status_code, answer["X-Robots-Tag"]) == (404, "noindex, nofollow"), token[:90]
        assert "Between us." not in answer.content.decode()
        seen.add(text_of(answer.content).replace(token, ""))
    for token in tokens[3:9]:
        assert Client().get(f"/merchant/cases/{token}").status_code == 404
        assert Client().get(f"/merchant/cases/{token}/pictures/1").status_code == 404

    assert len(seen) == 1
    assert hot_rows() == rows
    assert state_of(case_id) is CaseState.OPENED


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


def test_another_sites_form_is_refused(scene: Scene) -> None:
    case_id = opened(scene)
    form = {"deed": "refuse", "seen": "OPENED", "text": "No."}

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://other.example"}, {"Origin": "null"}):
        assert Client(headers=headers).post(path_of(case_id), form).status_code == 403

    assert state_of(case_id) is CaseState.OPENED


def test_too_many_bad_links_from_an_address_are_not_looked_up_and_a_good_one_still_opens(scene: Scene) -> None:
    case_id, client = opened(scene), Client()
    bad = f"/merchant/cases/{path_of(case_id).rpartition('/')[2][:-1]}"

    statuses = [client.get(bad).status_code for _ in range(BAD_LINKS_AN_HOUR_MAX + 1)]

    assert statuses == [404] * BAD_LINKS_AN_HOUR_MAX + [429]
    assert client.get(path_of(case_id)).status_code == 200


def test_too_many_forms_about_a_case_are_told_so_and_change_nothing(scene: Scene) -> None:
    case_id = opened(scene)
    path = path_of(case_id)
    for _ in range(DEEDS_AN_HOUR_MAX):
        assert Client().post(path, {"deed": "refuse", "seen": "OPENED"}).status_code == 422

    answer = Client().post(path, {"deed": "refuse", "seen": "OPENED", "text": "No."})

    assert answer.status_code == 429
    assert "That was tried too often in the last hour." in text_of(answer.content)
    assert state_of(case_id) is CaseState.OPENED


def test_the_page_names_no_buyer_and_a_case_that_ended_offers_nothing(scene: Scene) -> None:
    case_id = opened(scene)
    refuse(case_id, now=now())
    page = Client().get(path_of(case_id)).content.decode()
    assert str(scene.shopper_id) not in page
    assert 'value="write"' in page
    assert 'value="accept"' not in page
    due_at = Case.objects.get(id=case_id).due_at
    assert due_at is not None
    sweep_cases(now=due_at)

    page = Client().get(path_of(case_id)).content.decode()

    assert "<textarea" not in page
    assert By(user_id=None, now=now()).by_link is False
