"""After-sale as HTTP: asking, the page of a case and what can be done on it, the label, and who sees nothing."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from fairground.aftersales.actions.give_label import LabelGiven, give_label
from fairground.aftersales.actions.shopper_steps import write_message
from fairground.aftersales.labels import LabelDrawn
from fairground.aftersales.models import Case, CaseEvidence, CaseMessage, Replacement
from fairground.aftersales.rules import CaseState, Who
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.ship_orders import ParcelWritten, ship_orders
from fairground.checkout.rules.placing import Placed
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.kernel.edits import By
from fairground.merchants.models import LegalIdentity
from fairground.orders.rules import Step
from tests.books import hot_rows, units_of
from tests.cases import accept, make_variant, refuse, send_other, state_of
from tests.factories import SkuMade, make_market, make_merchant, make_sku
from tests.people_making import Guest, make_guest, now_ms
from tests.picture_making import photo
from tests.refunding import wallet_minor

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture
def chair() -> SkuMade:
    make_market()
    return make_sku(merchant=make_merchant(lane=3), price_minor=1_000)


def know_address(chair: SkuMade, *, is_person: bool = False) -> None:
    """Write down who the merchant is by law, and where."""
    LegalIdentity.objects.create(
        merchant_id=chair.merchant.id,
        is_person=is_person,
        legal_name="" if is_person else "Olmo SL",
        first_name="Ana" if is_person else "",
        last_name="Olmo" if is_person else "",
        street="Carrer del Mar 7",
        post_code="46003",
        city="Valencia",
        country="ES",
        residences=["ES"],
        tins={"ES": "B12345678"},
        birth_date=date(1990, 1, 1) if is_person else None,
        changed_at=now(),
    )


def bought(guest: Guest, chair: SkuMade, *, shipped: bool = True) -> Placed:
    """Place and pay two chairs, and ship them."""
    placed = guest.place(chair.line(2))
    guest.pay(placed)
    if shipped:
        for then in (Step.SHIPPED, Step.DELIVERED):
            advance_orders(order_ids=[placed.orders[0].order_id], then=then, now_ms=now_ms())
    return placed


def ask(guest: Guest, placed: Placed, **form: object) -> str:
    """Send the form about one chair, and return what the page says that it leads to."""
    sent = {"units-1": "1", "reason": "faulty", "wish": "money", "case_no": "1", **form}
    answer = guest.client.post(f"/purchases/{placed.number}/1/problem", sent, follow=True)
    return text_of(answer.content)


def text_of(content: bytes) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content.decode()))


def do(guest: Guest, placed: Placed, **form: str) -> str:
    """Send a form of the case's page, and return what it says then."""
    address = f"/purchases/{placed.number}/cases/{Case.objects.get().id}"
    answer = guest.client.post(address, form, follow=True)
    assert answer.redirect_chain == [(address, 303)]
    return text_of(answer.content)


def now() -> datetime:
    """Return the present moment: pages go by the clock."""
    return datetime.now(UTC)


def test_a_case_keeps_the_language_of_the_page_on_which_it_was_opened(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    form = {"units-1": "1", "reason": "faulty", "wish": "money", "case_no": "1"}

    with translation.override("en"):
        guest.client.post(f"/purchases/{placed.number}/1/problem?lang=es", form)

    assert Case.objects.get().language == "es"


def test_a_return_goes_its_way_from_the_purchase_to_the_label_and_the_parcel(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    page = guest.client.get(f"/purchases/{placed.number}").content.decode()
    assert f'href="/purchases/{placed.number}/1/problem"' in page

    said = ask(guest, placed, text="A leg is loose.")

    case = Case.objects.get()
    assert "Waiting for the merchant" in said
    assert "A leg is loose." in said
    accept(case.id, now=now())
    know_address(chair)
    label = guest.client.get(f"/purchases/{placed.number}/cases/{case.id}/label").content.decode()
    assert f"{placed.number}-1-1" in label
    assert "Olmo SL<br>" in re.sub(r"</?bdi>", "", label)
    assert "Carrer del Mar 7<br>46003 Valencia<br>Spain" in re.sub(r"</?bdi>", "", label)
    assert "On its way back" in do(guest, placed, deed="send", tracking="1Z-77")
    assert state_of(case.id) is CaseState.SENT
    assert "On its way back" in text_of(guest.client.get("/cases").content)
    assert "Returns and claims" in text_of(guest.client.get(f"/purchases/{placed.number}").content)


@pytest.mark.parametrize("is_person", [None, True])
def test_where_no_address_may_be_told_there_is_no_label_and_the_merchant_tells_where(
    chair: SkuMade, is_person: bool | None
) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    ask(guest, placed)
    case = Case.objects.get()
    accept(case.id, now=now())
    if is_person:
        know_address(chair, is_person=True)

    page = guest.client.get(f"/purchases/{placed.number}/cases/{case.id}").content.decode()

    assert "The merchant tells you where to" in page
    assert "Label to print" not in page
    assert guest.client.get(f"/purchases/{placed.number}/cases/{case.id}/label").status_code == 404


def test_what_is_not_shipped_is_paid_back_at_once(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair, shipped=False)

    said = ask(guest, placed)

    assert "€10.00 is back in your wallet." in said
    assert "Money returned" in said
    assert wallet_minor(guest.shopper_id) == 1_000


def test_of_an_order_that_left_in_part_what_is_still_here_is_paid_at_once_and_the_parcel_is_asked_about(
    chair: SkuMade,
) -> None:
    guest = make_guest()
    placed = guest.place(chair.line(2))
    guest.pay(placed)
    parcel = ParcelAsked(placed.orders[0].order_id, "DHL", "A1", {1: 1})
    assert [type(one) for one in ship_orders(asked=[parcel], by=By(user_id=None, now=now()))] == [ParcelWritten]

    assert "How many of 2" in text_of(guest.client.get(f"/purchases/{placed.number}/1/problem").content)
    assert "Money returned" in ask(guest, placed, reason="changed_mind")
    assert "Waiting for the merchant" in ask(guest, placed, case_no="2")


def test_a_refusal_is_put_before_fairground_with_words(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    ask(guest, placed)
    case = Case.objects.get()
    refuse(case.id, now=now())

    assert "Some words are needed here." in do(guest, placed, deed="escalate", text=" ")
    assert state_of(case.id) is CaseState.REFUSED
    assert "Fairground decides" in do(guest, placed, deed="escalate", text="It came broken.")
    assert "It is taken back." in do(guest, placed, deed="withdraw")
    assert "look again" in do(guest, placed, deed="withdraw")


def test_the_form_takes_as_many_statements_with_three_lines_as_with_one(chair: SkuMade) -> None:
    guest, merchant, counts = make_guest(), chair.merchant, []
    others = [make_sku(merchant=merchant, price_minor=500) for _ in range(2)]
    for lines in ([chair.line(2)], [chair.line(2), *(one.line(2) for one in others)]):
        placed = guest.place(*lines)
        guest.pay(placed)
        for then in (Step.SHIPPED, Step.DELIVERED):
            advance_orders(order_ids=[placed.orders[0].order_id], then=then, now_ms=now_ms())
        guest.client.get(f"/purchases/{placed.number}/1/problem")
        with CaptureQueriesContext(connection) as captured:
            page = guest.client.get(f"/purchases/{placed.number}/1/problem").content.decode()
        counts.append(len(captured))

    assert page.count("The same again") == 3
    assert counts[0] == counts[1]


def test_a_form_that_is_sent_twice_opens_one_case(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)

    ask(guest, placed)
    said = ask(guest, placed)

    assert "You have asked already" in said
    assert Case.objects.count() == 1


def test_a_message_that_is_sent_twice_stands_once_and_the_same_words_later_again(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    ask(guest, placed, text="It wobbles.")
    case_id = Case.objects.get().id
    form = {"deed": "write", "text": " Is anybody there? ", "messages_seen": "1"}

    assert "Your message stands here now." in do(guest, placed, **form)
    write_message(case_id=case_id, who=Who.MERCHANT, text="Yes.", by=By(user_id=None, now=now()), seen=1)
    assert "Your message stands here already: it was not sent twice." in do(guest, placed, **form)
    assert CaseMessage.objects.count() == 3
    page = guest.client.get(f"/purchases/{placed.number}/cases/{case_id}").content.decode()
    assert 'name="messages_seen" value="3"' in page
    assert "Your message stands here now." in do(guest, placed, **{**form, "messages_seen": "3"})
    assert CaseMessage.objects.count() == 4


@pytest.mark.parametrize(
    "form",
    [
        {"units-1": "0"},
        {"units-1": "3"},
        {"units-1": "-1"},
        {"reason": "hungry"},
        {"wish": "gold"},
        {"case_no": "99999999999999999999"},
        {"text": "x" * 2_001},
        {"wish": "exchange", "swap-1": "77"},
    ],
    ids=str,
)
def test_what_the_form_does_not_offer_is_refused_and_nothing_changes(chair: SkuMade, form: dict[str, str]) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    before = hot_rows()

    answer = guest.client.post(
        f"/purchases/{placed.number}/1/problem", {"units-1": "1", "reason": "faulty", "case_no": "1", **form}
    )

    assert answer.status_code == 422
    assert (hot_rows(), Case.objects.count()) == (before, 0)


def test_pictures_are_drawn_anew_and_shown_to_nobody_else(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)

    ask(guest, placed, evidence=SimpleUploadedFile("leg.jpg", photo()))

    case, picture = Case.objects.get(), CaseEvidence.objects.get()
    address = f"/purchases/{placed.number}/cases/{case.id}/pictures/1"
    shown = guest.client.get(address)
    assert shown.content == bytes(picture.content)
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/webp", "private, no-store")
    assert shown.content[8:12] == b"WEBP"
    assert make_guest().client.get(address).status_code == 404


def test_what_is_no_picture_opens_no_case(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)

    said = ask(guest, placed, evidence=SimpleUploadedFile("leg.jpg", b"<svg onload=alert(1)>"))

    assert "This is no picture" in said
    assert Case.objects.count() == 0


def test_nobody_else_finds_the_case_or_does_anything_with_it(chair: SkuMade) -> None:
    guest, other = make_guest(), make_guest()
    placed, others = bought(guest, chair), bought(other, chair)
    ask(guest, placed)
    case = Case.objects.get()

    for number in (placed.number, others.number):
        address = f"/purchases/{number}/cases/{case.id}"
        assert other.client.get(address).status_code == 404
        assert other.client.post(address, {"deed": "withdraw"}).status_code == 404
    assert state_of(case.id) is CaseState.OPENED


def exchanging(guest: Guest, placed: Placed, other: SkuMade) -> Case:
    """Ask for another one and let it be accepted without a return, so that it has to be sent."""
    ask(guest, placed, wish="exchange", **{"swap-1": str(other.id)})
    case = Case.objects.get()
    accept(case.id, waived=True, now=now())
    return case


def test_a_replacement_is_followed_from_the_purchase_and_confirmed(chair: SkuMade) -> None:
    guest, other = make_guest(), make_variant(chair)
    placed = bought(guest, chair)
    case = exchanging(guest, placed, other)
    address = f"/purchases/{placed.number}/cases/{case.id}"
    page = text_of(guest.client.get(address).content)
    assert "Replacement to be sent" in page
    assert "The other one is set aside for you." in page
    assert "My money instead" not in page

    send_other(case.id, tracking="JJD 77", now=now())

    assert "Replacement with DHL JJD77" in text_of(guest.client.get(address).content)
    assert "DHL JJD77" in text_of(guest.client.get(f"/purchases/{placed.number}").content)
    assert "It did not come" not in text_of(guest.client.get(address).content)
    assert "Something changed while you were here" in do(guest, placed, deed="money")
    assert "the exchange is complete" in do(guest, placed, deed="confirm")
    assert (state_of(case.id), units_of(other.stock_id).sold) == (CaseState.EXCHANGED, 1)
    assert "1 exchanged" in text_of(guest.client.get(address).content)
    assert "Something changed while you were here" in do(guest, placed, deed="confirm")


def test_what_did_not_come_in_a_week_is_told_and_who_is_late_with_another_pays(chair: SkuMade) -> None:
    guest, other = make_guest(), make_variant(chair)
    placed = bought(guest, chair)
    case = exchanging(guest, placed, other)
    send_other(case.id, now=now())
    assert "It is still on its way." in do(guest, placed, deed="lost", text="Nothing.")
    Replacement.objects.update(sent_at=now() - timedelta(days=8))
    address = f"/purchases/{placed.number}/cases/{case.id}"
    assert "What the carrier says, if you asked" in text_of(guest.client.get(address).content)

    assert "Replacement lost" in do(guest, placed, deed="lost", text="It was never scanned.")
    assert "There is still time to send it." in do(guest, placed, deed="money")
    Case.objects.update(due_at=now() - timedelta(hours=1))
    page = text_of(guest.client.get(address).content)
    assert "The merchant is late." in page
    assert "My money instead" in page
    assert "€10.00 is back in your wallet." in do(guest, placed, deed="money")
    assert (state_of(case.id), wallet_minor(guest.shopper_id)) == (CaseState.REFUNDED, 1_000)


def test_a_carriers_label_is_downloaded_by_who_sends_the_goods_and_by_nobody_else(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    ask(guest, placed)
    case_id = Case.objects.get().id
    accept(case_id, now=now())
    address = f"/purchases/{placed.number}/cases/{case_id}"
    assert guest.client.get(f"{address}/carrier-label").status_code == 404
    given = LabelGiven("DHL", "R 1", LabelDrawn(b"a label", 1, 1))
    give_label(case_id=case_id, given=given, who=Who.MERCHANT, by=By(user_id=None, now=now()))

    page = guest.client.get(address).content.decode()

    assert "with the label below" in page
    assert "Goes back with DHL R1" in text_of(page.encode())
    assert 'value="R1"' in page
    assert guest.client.get(f"{address}/carrier-label").content == b"a label"
    assert make_guest().client.get(f"{address}/carrier-label").status_code == 404


def test_a_message_stands_on_the_page_and_is_written_as_it_was_typed(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    ask(guest, placed)

    page = guest.client.post(
        f"/purchases/{placed.number}/cases/{Case.objects.get().id}",
        {"deed": "write", "text": "<b>Which screw?</b>"},
        follow=True,
    ).content.decode()

    assert "&lt;b&gt;Which screw?&lt;/b&gt;" in page
    assert CaseMessage.objects.get().who == Who.SHOPPER


@pytest.mark.parametrize("units", ["-1", "0", "1e9", "1.5", "10**20", "1" + "0" * 20, "9" * 5_000, ""])
@pytest.mark.parametrize("shipped", [True, False])
def test_what_is_no_number_of_units_opens_no_case_and_moves_nothing(chair: SkuMade, units: str, shipped: bool) -> None:
    guest = make_guest()
    placed = bought(guest, chair, shipped=shipped)
    before = hot_rows()

    said = ask(guest, placed, **{"units-1": units})

    assert "Choose how many of what it is about." in said
    assert hot_rows() == before
    assert not Case.objects.exists()
