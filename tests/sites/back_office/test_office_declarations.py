"""Enrolments and the review queue in the back office: what they show, and what their forms do."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.festivals.models import Approval, Deal, Declaration, Enrolment, Festival
from fairground.identity.models import User
from fairground.identity.operators import add_operator
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry, Writer
from tests.declaring import make_chair, make_declared, make_enrolled, slug_of
from tests.factories import make_festival, make_market, make_merchant
from tests.people_making import now_ms
from tests.sites.back_office.staff import EARLY, PASSWORD, sign_in

QUEUE = "/back-office/declarations/"
ENROLMENTS = "/back-office/enrolments/"


@pytest.fixture(autouse=True)
def _fair(lone_writer: Writer) -> None:
    """A festival that opens next week by the clock, as pages go by it."""
    make_market()
    make_festival()
    opens_at = from_unix_ms(now_ms()) + timedelta(days=7)
    Festival.objects.update(opens_at=opens_at, closes_at=opens_at + timedelta(days=1))


@pytest.fixture
def ada() -> Client:
    return person("ada")


@pytest.fixture
def sam() -> Client:
    return person("sam")


def person(name: str) -> Client:
    """Return a client in which somebody of the operators has signed in."""
    user_id = add_operator(email=f"{name}@shop.example", role="operator", password=PASSWORD, by=EARLY)
    client = Client()
    client.force_login(User.objects.get(id=user_id))
    return client


def page_of(declaration: Declaration) -> str:
    return f"{QUEUE}{declaration.pk}/"


def without_isolates(text: str) -> str:
    """Return a text without what keeps its amounts in their direction."""
    return text.replace("\N{FIRST STRONG ISOLATE}", "").replace("\N{POP DIRECTIONAL ISOLATE}", "")


def plain(answer: Any) -> str:
    """Return a page's text."""
    return without_isolates(answer.content.decode())


def told(answer: Any) -> list[str]:
    """Return what a page says above itself."""
    return [without_isolates(str(one)) for one in answer.context["messages"]]


def decide(client: Client, declaration: Declaration, deed: str, *, version: int = 1, reason: str = "") -> list[str]:
    """Send a form of a declaration's page, and return what is said then."""
    form = {"deed": deed, "version": version, "reason": reason}
    return told(client.post(page_of(declaration), form, follow=True))


def test_the_queue_shows_what_the_guard_found_first_and_in_plain_words(ada: Client) -> None:
    clean = make_declared()
    doubtful = make_declared(price="0.90")

    answer = ada.get(QUEUE)

    assert [one.row.id for one in answer.context["rows"]] == [doubtful.pk, clean.pk]
    text = plain(answer)
    assert "EU: 0.90 EUR is below the floor of 25.80 EUR." in text
    assert "EU: 0.90 EUR is 99.3 % below the lowest price of 30 days, 129.00 EUR." in text
    assert "EU: the point of 0.90 EUR may have slipped. Was 90.00 EUR meant?" in text
    assert text.count('type="checkbox"') == 1


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", ["found", "clean"]),
        ("?found=yes", ["found"]),
        ("?found=no", ["clean"]),
        ("?state=declined", ["declined"]),
        ("?state=any", ["found", "clean", "declined"]),
        ("?festival=fair", ["found", "clean"]),
        ("?festival=other", []),
        ("?merchant=nobody", []),
        ("?state=nonsense&page=nonsense", ["found", "clean"]),
        ("?page=2", []),
    ],
)
def test_filters_stand_in_the_address(ada: Client, asked: str, expected: list[str]) -> None:
    rows = {"clean": make_declared(), "found": make_declared(price="0.90"), "declined": make_declared()}
    decide(ada, rows["declined"], "decline", reason="no")
    names = {row.pk: name for name, row in rows.items()}

    shown = ada.get(f"{QUEUE}{asked}").context["rows"]

    assert [names[one.row.id] for one in shown] == expected


def test_what_is_ticked_is_approved_at_once(ada: Client) -> None:
    first, second = make_declared(), make_declared()

    answer = ada.post(QUEUE, {"ticked": [f"{first.pk}-1", f"{second.pk}-1", "nonsense", "9-9-9"]}, follow=True)

    assert told(answer) == ["2 deals were approved."]
    assert Deal.objects.count() == 2
    assert told(ada.post(QUEUE, {}, follow=True)) == ["Tick what you approve first. Nothing changed."]


def test_what_was_found_is_approved_by_two_people_one_after_the_other(ada: Client, sam: Client) -> None:
    doubtful = make_declared(price="0.90")
    assert "Approve as the first of two" in ada.get(page_of(doubtful)).content.decode()

    assert decide(ada, doubtful, "approve") == ["You have approved 1 deal, which now waits for a second person."]
    again = ada.get(page_of(doubtful)).content.decode()
    assert "You have approved it. It waits for a second person." in again
    assert 'value="approve"' not in again
    assert decide(ada, doubtful, "approve") == [
        "You have approved it already; the second approval comes from somebody else."
    ]
    assert not Deal.objects.exists()

    second = sam.get(page_of(doubtful)).content.decode()
    assert "ada@shop.example" in second
    assert "Approve as the second person" in second
    assert decide(sam, doubtful, "approve") == ["1 deal was approved."]
    assert Deal.objects.count() == 1
    entries = AuditEntry.objects.filter(subject_kind="declaration", verb="approved").order_by("id")
    assert len({entry.user_id for entry in entries}) == 2


def test_who_declared_it_is_told_that_somebody_else_approves(ada: Client) -> None:
    own = make_declared(by=By(user_id=User.objects.get(email="ada@shop.example").pk, now=EARLY.now))

    assert "You declared it, so somebody else approves it." in ada.get(page_of(own)).content.decode()
    assert decide(ada, own, "approve") == ["You declared it, so somebody else approves it. Nothing changed."]
    assert not Approval.objects.exists()


def test_a_page_that_was_opened_before_it_was_declared_anew_decides_nothing(ada: Client) -> None:
    row = make_declared()
    Declaration.objects.update(version=2)

    for deed in ("approve", "decline"):
        assert decide(ada, row, deed, reason="why") == [
            "It was declared anew after you opened this page. It is shown as it is now: look again."
        ]
    assert (Approval.objects.count(), Declaration.objects.get().state) == (0, "submitted")


def test_it_is_declined_with_a_reason_that_stays_beside_it(ada: Client) -> None:
    row = make_declared()

    assert decide(ada, row, "decline") == ["Say why. Nothing changed."]
    assert decide(ada, row, "decline", reason="too dear") == ["It was declined; the merchant can declare it anew."]

    assert "too dear" in ada.get(page_of(row)).content.decode()
    assert decide(ada, row, "approve") == ["It was decided meanwhile. It is shown as it is now. Nothing changed."]
    assert AuditEntry.objects.latest("id").reason == "too dear"


def test_it_becomes_a_draft_again(ada: Client) -> None:
    row = make_declared()

    assert decide(ada, row, "withdraw") == ["It is a draft again."]

    assert Declaration.objects.values_list("state", "version").get() == ("draft", 2)
    assert "Put it before those who approve" in ada.get(page_of(row)).content.decode()
    assert decide(ada, row, "submit") == ["It waits to be decided."]
    assert Declaration.objects.values_list("state", "version").get() == ("submitted", 2)


def test_every_market_stands_with_its_prices_and_the_stock(ada: Client) -> None:
    row = make_declared(sku=make_chair(units=37), price="90.00")

    text = ada.get(page_of(row)).content.decode()

    assert "40 declared, 37 free" in text
    assert "40 units are declared, and 37 are free." in text
    for words in ("90.00 EUR", "129.00 EUR", "-30.2 %"):
        assert words in text


def test_the_queue_takes_as_many_statements_however_long_it_is(ada: Client) -> None:
    ada.get(QUEUE)
    counts = []
    for more in (1, 4):
        for _ in range(more):
            make_declared()
        with CaptureQueriesContext(connection) as statements:
            ada.get(QUEUE)
        counts.append(len(statements))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("role", ["support", "editor"])
def test_who_may_only_look_decides_nothing(role: str) -> None:
    row, client = make_declared(), sign_in(role)

    assert "Your role may look, and not decide." in client.get(page_of(row)).content.decode()
    assert 'type="checkbox"' not in client.get(QUEUE).content.decode()
    assert client.post(page_of(row), {"deed": "approve", "version": 1}).status_code == 403
    assert client.post(QUEUE, {"ticked": f"{row.pk}-1"}).status_code == 403
    assert client.post(ENROLMENTS, {"deed": "withdraw", "enrolment": row.enrolment_id}).status_code == 403
    assert (Declaration.objects.get().state, Enrolment.objects.get().state) == ("submitted", "admitted")


@pytest.mark.parametrize(
    "address",
    [
        f"{QUEUE}?merchant=a%00b&festival=%00",
        f"{ENROLMENTS}?festival=%00&state=%00",
        "/back-office/purchases/?merchant=%00",
    ],
)
def test_what_no_column_holds_is_asked_for_without_harm(ada: Client, address: str) -> None:
    assert ada.get(address).status_code == 200


def test_what_no_column_holds_is_left_out_of_a_reason(ada: Client) -> None:
    row = make_declared()

    decide(ada, row, "decline", reason="too\0 dear")

    assert Declaration.objects.get().reason == "too dear"
    enter = {"deed": "enrol", "merchant": "a\0b", "festival": "fair"}
    assert told(ada.post(ENROLMENTS, enter, follow=True)) == ["There is no merchant with this slug."]


def test_what_is_not_there_is_not_found(ada: Client) -> None:
    assert ada.get(f"{QUEUE}123/").status_code == 404


def test_a_merchant_is_enrolled_admitted_and_taken_out_again(ada: Client) -> None:
    merchant = make_merchant()
    enter = {"deed": "enrol", "merchant": slug_of(merchant), "festival": "fair"}

    assert told(ada.post(ENROLMENTS, enter, follow=True)) == ["The merchant is enrolled and waits for an answer."]
    assert told(ada.post(ENROLMENTS, enter, follow=True)) == [
        "This merchant is enrolled already, or was declined. Nothing changed."
    ]
    enrolment_id = Enrolment.objects.get().pk
    admit = {"deed": "admit", "enrolment": enrolment_id}
    assert told(ada.post(ENROLMENTS, admit, follow=True)) == ["The merchant is admitted."]
    shown = ada.get(f"{ENROLMENTS}?state=admitted")
    assert "ada@shop.example" in shown.content.decode()
    assert [one.row.id for one in shown.context["rows"]] == [enrolment_id]
    assert ada.get(f"{ENROLMENTS}?state=declined").context["rows"] == []

    decline = {"deed": "decline", "enrolment": enrolment_id}
    assert told(ada.post(ENROLMENTS, decline, follow=True)) == ["Say why. Nothing changed."]
    leave = {"deed": "withdraw", "enrolment": enrolment_id}
    assert told(ada.post(ENROLMENTS, leave, follow=True))[0].startswith("The merchant takes no part any more")
    assert Enrolment.objects.get().state == "withdrawn"


def test_a_merchant_with_approved_deals_is_not_taken_out(ada: Client) -> None:
    row = make_declared()
    decide(ada, row, "approve")

    answer = ada.post(ENROLMENTS, {"deed": "withdraw", "enrolment": row.enrolment_id}, follow=True)

    assert told(answer) == ["The merchant has deals that were approved, so it stays in the festival. Nothing changed."]
    assert Enrolment.objects.get().state == "admitted"


def test_the_first_page_counts_what_waits_and_leads_there(ada: Client) -> None:
    make_declared()
    make_enrolled()

    tiles = {tile.name: tile for tile in ada.get("/back-office/").context["tiles"]}

    assert (tiles["Deals to decide"].figure, tiles["Deals to decide"].address) == ("1", QUEUE)


def test_a_deal_edited_by_hand_is_refused_with_what_the_guard_finds(ada: Client) -> None:
    decide(ada, make_declared(), "approve")
    deal = Deal.objects.get()
    page = f"/back-office/festivals/deal/{deal.pk}/change/"
    shown = ada.get(page).context["shown"]

    form = {"shown": shown, "units": 40, "buyer_limit": 2, "price_EU": "0.90"}
    answer = ada.post(page, form, follow=True)

    assert told(answer) == [
        "Two people have to look at this, so one can't write it: EU: 0.90 EUR is below the floor of 25.80 EUR. "
        "EU: 0.90 EUR is 99.3 % below the lowest price of 30 days, 129.00 EUR. "
        "EU: the point of 0.90 EUR may have slipped. Was 90.00 EUR meant? Nothing changed."
    ]
    assert deal.prices.get().price_minor == 9_000


def test_a_merchant_gets_a_floor_of_its_own(ada: Client) -> None:
    enrolment_id = make_declared().enrolment_id
    floor = {"deed": "floor", "enrolment": enrolment_id, "percent": "75"}

    assert told(ada.post(ENROLMENTS, floor, follow=True)) == ["The merchant's own floor was set."]
    assert Enrolment.objects.get().floor_bps == 7_500
    assert told(ada.post(ENROLMENTS, {**floor, "percent": "half"}, follow=True)) == [
        "A floor is a whole number of per cent. Nothing changed."
    ]
    assert told(ada.post(ENROLMENTS, {**floor, "percent": "101"}, follow=True)) == [
        "A share is between 0 and 100 %, an amount not below zero. Nothing changed."
    ]
    assert Enrolment.objects.get().floor_bps == 7_500
    ada.post(ENROLMENTS, {**floor, "percent": ""})
    assert Enrolment.objects.get().floor_bps is None
