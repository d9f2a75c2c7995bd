"""The page of a letter's link as HTTP: what a merchant does on it, and who sees nothing."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case, CaseEvidence, CaseMessage
from fairground.aftersales.rules import CaseReason, CaseState, Who
from fairground.kernel.models import AuditEntry
from fairground.kernel.tokens import TokenKey
from fairground.sites.merchant_desk.entrance import BAD_LINKS_AN_HOUR_MAX, DEEDS_AN_HOUR_MAX
from fairground.sites.merchant_desk.links import Link, sign_link
from tests.books import hot_rows
from tests.cases import accept, refuse, send, state_of
from tests.merchant_links import (
    do,
    make_asked_scene,
    make_contact,
    now,
    opened,
    path_of,
    text_of,
)
from tests.picture_making import photo
from tests.refunding import Scene, wallet_minor

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture(autouse=True)
def _mail_leaves(settings: Settings) -> None:
    """The shop has a mail server and an address."""
    settings.MAIL_LEAVES, settings.LINKS_ADDRESS = True, "https://shop.example"


@pytest.fixture
def scene() -> Scene:
    """A paid purchase; the chairs' merchant has a contact, and the chairs have come."""
    return make_asked_scene()


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
    assert wallet_minor(scene.shopper_id) - before == 13_282


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


def test_who_answers_what_was_answered_since_is_told_so_and_changes_nothing(scene: Scene) -> None:
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
