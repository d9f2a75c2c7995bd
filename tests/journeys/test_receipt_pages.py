"""How a purchase leaves and comes, on its page: carrier, number, when it completes by itself, and the button."""

import re
from typing import Any

import pytest

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.ship_orders import ship_orders
from fairground.checkout.actions.withdraw_orders import match_withdrawals
from fairground.checkout.rules.placing import Placed
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.fulfilment.actions import Posted, post_withdrawal
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.markets.models import Market
from fairground.orders.models import Order
from fairground.orders.rules import Step
from tests.books import hot_rows
from tests.factories import SkuMade, make_market, make_merchant, make_sku
from tests.people_making import Guest, make_guest, now_ms

pytestmark = pytest.mark.usefixtures("lone_writer")
DAY_MS = 86_400_000
ADDRESS = b'{"name":"Ana","country":"DE","lines":["Hauptstr. 1"],"email":"ana@example.org"}'


@pytest.fixture
def chair() -> SkuMade:
    make_market()
    Market.objects.update(withdrawal_days=14)
    return make_sku(merchant=make_merchant(lane=3), price_minor=1_000)


def bought(guest: Guest, chair: SkuMade) -> Placed:
    placed = guest.place(chair.line(2), address=ADDRESS)
    guest.pay(placed)
    return placed


def page_of(guest: Guest, placed: Placed) -> str:
    response = guest.client.get(f"/purchases/{placed.number}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def receive(guest: Guest, placed: Placed, order: object) -> Any:
    return guest.client.post(f"/purchases/{placed.number}/received", {"order": str(order)}, follow=True)


def test_the_page_says_how_it_leaves_and_one_button_completes_it(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    assert "It has come" not in page_of(guest, placed)
    order_id = placed.orders[0].order_id
    by = By(user_id=None, now=from_unix_ms(now_ms()))
    ship_orders(asked=[ParcelAsked(order_id, "DHL", "A<1>")], by=by)

    shown = page_of(guest, placed)

    assert "DHL · Tracking number A&lt;1&gt;" in shown
    assert "Shipped DHL A&lt;1&gt;" in shown
    assert re.search(r"Completes by itself on [A-Z][a-z]{2} \d+, 20\d\d if you say nothing\.", shown)
    answer = receive(guest, placed, order_id)
    assert answer.redirect_chain == [(f"/purchases/{placed.number}", 303)]
    assert "Thank you. The order is completed." in answer.content.decode()
    assert Order.objects.get().state == Step.COMPLETED
    assert "It has come" not in page_of(guest, placed)
    before = hot_rows()
    receive(guest, placed, order_id)
    assert hot_rows() == before


def test_nobody_else_says_that_it_came(chair: SkuMade) -> None:
    guest, other = make_guest(), make_guest()
    placed, others = bought(guest, chair), bought(other, chair)
    order_id = placed.orders[0].order_id
    advance_orders(order_ids=[order_id, others.orders[0].order_id], then=Step.SHIPPED, now_ms=now_ms())
    before = hot_rows()

    assert other.client.post(f"/purchases/{placed.number}/received", {"order": order_id}).status_code == 404
    assert guest.client.get(f"/purchases/{placed.number}/received").status_code == 405
    cross = guest.client.post(
        f"/purchases/{placed.number}/received", {"order": order_id}, headers={"sec-fetch-site": "cross-site"}
    )
    assert cross.status_code == 403
    for order in (others.orders[0].order_id, "", "x", 1 << 62):
        assert "so it can&#x27;t have come." in receive(guest, placed, order).content.decode()

    assert hot_rows() == before


def test_a_withdrawal_stands_in_the_story_and_holds_the_order(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    order_id = placed.orders[0].order_id
    address = f'href="/withdraw?number={placed.number}">Withdraw from contract here</a>'
    assert address in guest.client.get(f"/purchases/{placed.number}").content.decode()
    advance_orders(order_ids=[order_id], then=Step.SHIPPED, now_ms=now_ms())
    at = from_unix_ms(now_ms())
    post_withdrawal(Posted(placed.number, "ana@example.org", "", "", "en", at))
    match_withdrawals(now_ms=now_ms())

    shown = page_of(guest, placed)

    assert "You withdrew on " in shown
    assert re.search(r"You withdrew [A-Z][a-z]{2} \d+, \d\d:\d\d", shown)
    assert "Send back what you have within fourteen days" in shown
    assert "It has come" not in shown
    assert address not in guest.client.get(f"/purchases/{placed.number}").content.decode()
    assert "You withdrew from this order" in receive(guest, placed, order_id).content.decode()
    assert Order.objects.get().state == Step.SHIPPED


def test_when_the_time_is_over_the_page_does_not_lead_to_withdrawing_any_more(chair: SkuMade) -> None:
    guest = make_guest()
    placed = bought(guest, chair)
    for step in (Step.SHIPPED, Step.DELIVERED):
        advance_orders(order_ids=[placed.orders[0].order_id], then=step, now_ms=now_ms() - 18 * DAY_MS)

    assert f"/withdraw?number={placed.number}" not in guest.client.get(f"/purchases/{placed.number}").content.decode()
