"""Money back as HTTP: asking for the price difference, and what the pages of a purchase say of what went back."""

import re
from datetime import UTC, datetime

import pytest

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.placing import Placed
from fairground.kernel.edits import By
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason, Step
from tests.books import hot_rows
from tests.factories import SkuMade, make_market, make_merchant, make_shopper, make_sku
from tests.people_making import Guest, make_guest, make_user, now_ms, sign_in
from tests.refunding import wallet_minor

pytestmark = pytest.mark.usefixtures("lone_writer")

BUTTON = "Ask for the price difference"
DAY_MS = 86_400_000


@pytest.fixture
def chair() -> SkuMade:
    make_market()
    return make_sku(merchant=make_merchant(lane=3), price_minor=1_000)


def bought(guest: Guest, chair: SkuMade, *, units: int = 2, ago_ms: int = 0) -> Placed:
    """Place and pay chairs."""
    placed = guest.place(chair.line(units), ago_ms=ago_ms)
    guest.pay(placed, at_ms=now_ms() - ago_ms)
    return placed


def page_of(guest: Guest, placed: Placed, further: str = "") -> str:
    """Return what a page of the purchase says, without its marks."""
    response = guest.client.get(f"/purchases/{placed.number}{further}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def ask(guest: Guest, placed: Placed) -> str:
    """Press the button, and return the page that it leads to."""
    answer = guest.client.post(f"/purchases/{placed.number}/difference", follow=True)
    assert answer.redirect_chain == [(f"/purchases/{placed.number}", 303)]
    return answer.content.decode()


def set_price(chair: SkuMade, price_minor: int) -> None:
    Price.objects.filter(sku_id=chair.id).update(price_minor=price_minor)


def test_the_difference_is_asked_for_once_and_stands_in_the_story_and_in_the_sums(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    assert BUTTON in page_of(guest, placed)
    set_price(chair, 900)

    page = ask(guest, placed)

    assert "It costs less today. €2.00 is back in your wallet." in page
    shown = page_of(guest, placed)
    assert "Money back €2.00 (price difference)" in shown
    assert re.search(r"Back on [^:]+: Oak chair, price difference -€2\.00 Paid in the end €18\.00", shown)
    assert "Back in your wallet €2.00 Paid in the end €18.00" in shown
    assert "You have the difference to today&#x27;s prices already." in ask(guest, placed)
    assert Refund.objects.count() == 1


def test_the_difference_on_what_a_guest_bought_is_in_the_wallet_of_the_user_whom_the_guest_became(
    chair: SkuMade,
) -> None:
    ana = make_shopper()
    make_user(email="ana@example.org", shopper_id=ana)
    guest = make_guest()
    placed = bought(guest, chair)
    sign_in(guest.client, email="ana@example.org")
    set_price(chair, 900)

    assert "It costs less today. €2.00 is back in your wallet." in ask(guest, placed)

    assert (wallet_minor(ana), wallet_minor(guest.shopper_id)) == (200, 0)


def test_the_invoice_says_what_went_back_and_the_tax_that_remains(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    units = {(placed.orders[0].order_id, 1): 1}
    refund_lines(units=units, reason=RefundReason.FAULTY, by=By(user_id=None, now=datetime.now(UTC)))

    invoice = page_of(guest, placed, "/invoice")

    assert re.search(
        r"Total €20\.00 Back on [^:]+: Oak chair, faulty -€10\.00 Tax that remains €1\.59 Paid in the end €10\.00",
        invoice,
    )
    assert "Money back €10.00 (faulty)" in page_of(guest, placed)
    assert guest.client.get(f"/purchases/{placed.number}/invoice.pdf").status_code == 200


def test_where_nothing_fell_it_is_said_and_nothing_changes(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    before = hot_rows()

    assert "Nothing that you bought costs less today." in ask(guest, placed)
    assert hot_rows() == before


def test_after_its_days_the_button_is_gone_and_a_late_question_is_answered(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair, ago_ms=15 * DAY_MS)
    set_price(chair, 900)
    before = hot_rows()

    assert BUTTON not in page_of(guest, placed)
    assert "The difference can be asked for until 15 days after payment, and they are over." in ask(guest, placed)
    assert hot_rows() == before


def test_what_is_not_paid_or_is_cancelled_has_no_button(chair: SkuMade) -> None:
    guest = make_guest()
    placed = guest.place(chair.line(2))
    assert BUTTON not in page_of(guest, placed)
    assert "Nothing of this purchase is paid and kept" in ask(guest, placed)
    guest.pay(placed)
    advance_orders(order_ids=[placed.orders[0].order_id], then=Step.CANCELLED, now_ms=now_ms())

    assert BUTTON not in page_of(guest, placed)
    assert "Nothing of this purchase is paid and kept" in ask(guest, placed)


def test_nobody_asks_for_anothers_difference(chair: SkuMade) -> None:
    placed = bought(make_guest(), chair)
    set_price(chair, 900)
    before = hot_rows()

    assert make_guest().client.post(f"/purchases/{placed.number}/difference").status_code == 404
    assert make_guest().client.get(f"/purchases/{placed.number}/difference").status_code == 405
    assert hot_rows() == before
