"""The pages of purchases as HTTP: whose they are, what they say, what cancelling and buying again do."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.carts.models import CartEntry
from fairground.catalog.models import ProductPicture, Sku
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.identity.models import Shopper
from fairground.orders.models import OrderAddress, Purchase
from fairground.orders.rules import Step
from fairground.orders.tasks import follow_purchases
from tests.books import hot_rows
from tests.factories import NOW, make_market, make_merchant, make_sku
from tests.people_making import Guest, make_guest, make_user, now_ms

pytestmark = pytest.mark.usefixtures("lone_writer")

HOSTILE = "<script>alert(1)</script>\"'&"
PAGES = ["", "/cancel", "/invoice", "/invoice.pdf"]
POSTS = ["/cancel", "/again"]


def text(client: Client, address: str) -> str:
    """Return what a page says, without its marks, after checking that it is there."""
    response = client.get(address)
    assert response.status_code == 200, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def signed_in(shopper_id: int, email: str) -> Client:
    """Return a client of a user who is this shopper."""
    client = Client()
    client.force_login(make_user(email=email, shopper_id=shopper_id))
    return client


def test_who_has_bought_nothing_is_told_what_will_stand_there() -> None:
    make_market()

    assert "No purchases yet" in text(Client(), "/purchases")
    assert "No purchases yet" in text(make_guest().client, "/purchases")


def test_the_list_shows_what_was_just_placed_with_its_next_step() -> None:
    make_market()
    guest = make_guest()
    placed = guest.place(make_sku().line(2))

    page = text(guest.client, "/purchases")

    assert "2 \N{MULTIPLICATION SIGN} Oak chair" in page
    assert "To be paid" in page
    assert re.search(r"Pay until \d\d:\d\d What you ordered is kept for you for 15 more minutes", page)
    assert f'href="/purchases/{placed.number}"' in guest.client.get("/purchases").content.decode()


def test_the_list_leads_to_older_purchases_page_by_page() -> None:
    make_market()
    guest, sku = make_guest(), make_sku()
    placed = [guest.place(sku.line(), ago_ms=1_000 * (45 - number)) for number in range(45)]
    follow_purchases()
    found, address = [], "/purchases"
    while address:
        page = guest.client.get(address).content.decode()
        found.append(re.findall(r'href="/purchases/([0-9A-Z]{20})"', page))
        older = re.search(r'rel="next" href="(\?before=\d+)"', page)
        address = f"/purchases{older[1]}" if older else ""

    assert [len(one) for one in found] == [20, 20, 5]
    assert [number for page in found for number in page] == [one.number for one in reversed(placed)]
    assert "There are no older purchases" in text(guest.client, "/purchases?before=1")
    assert "My purchases" in text(guest.client, "/purchases?before=nonsense")
    assert "There are no older purchases" in text(guest.client, "/purchases?before=0")
    assert "My purchases" in text(guest.client, f"/purchases?before={2**63 - 1}")


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_a_guest_and_a_user_find_nothing_at_anothers_purchase(page: str) -> None:
    make_market()
    placed = make_guest().place(make_sku().line())
    others = [Client(), make_guest().client, signed_in(make_guest().shopper_id, "eve@example.org")]
    nobody_yet = Client()
    nobody_yet.force_login(make_user(email="new@example.org"))

    for client in (*others, nobody_yet):
        assert client.get(f"/purchases/{placed.number}{page}").status_code == 404
    assert others[1].get(f"/purchases/{'0' * 20}{page}").status_code == 404
    assert others[1].get(f"/purchases/nothing{page}").status_code == 404


@pytest.mark.parametrize("page", POSTS)
def test_nobody_changes_anothers_purchase(page: str) -> None:
    make_market()
    placed = make_guest().place(make_sku().line())
    stranger = make_guest().client
    before = hot_rows()

    assert stranger.post(f"/purchases/{placed.number}{page}").status_code == 404

    assert hot_rows() == before
    assert not CartEntry.objects.exists()


def test_who_signs_in_finds_what_was_bought_as_a_guest() -> None:
    make_market()
    guest, user = make_guest(), make_guest()
    placed = guest.place(make_sku().line())
    Shopper.objects.filter(id=guest.shopper_id).update(merged_into_id=user.shopper_id)
    client = signed_in(user.shopper_id, "ana@example.org")

    assert placed.number in client.get("/purchases").content.decode()
    for page in PAGES:
        assert client.get(f"/purchases/{placed.number}{page}").status_code == 200
    client.post(f"/purchases/{placed.number}/cancel", {"seen": "PLACED"})
    assert Purchase.objects.get().state == Step.CANCELLED


def test_an_unpaid_purchase_leads_to_paying_and_may_be_cancelled() -> None:
    make_market()
    guest = make_guest()
    placed = guest.place(make_sku().line(2), ago_ms=5 * 60_000)
    page = text(guest.client, f"/purchases/{placed.number.lower()}")

    assert re.search(r"Pay until \d\d:\d\d What you ordered is kept for you for 10 more minutes\.", page)
    assert "Pay €20.00" in page
    assert "Ada Hauptstr. 1 Germany" in page
    assert f"Order {placed.number}-1" in page
    assert "Goods €20.00 Total €20.00 Tax included, 19% €3.19" in page
    assert "Order confirmation" in page
    html = guest.client.get(f"/purchases/{placed.number}").content.decode()
    assert f'href="/purchases/{placed.number}/pay"' in html
    assert f'href="/purchases/{placed.number}/cancel"' in html


def test_cancelling_asks_once_and_then_says_what_became_of_it() -> None:
    make_market()
    guest = make_guest()
    placed = guest.place(make_sku().line(2))
    address = f"/purchases/{placed.number}"
    before = hot_rows()

    question = text(guest.client, f"{address}/cancel")

    assert "You ordered for €20.00 and have paid nothing." in question
    assert hot_rows() == before
    unseen = guest.client.post(f"{address}/cancel").content.decode()
    assert "Something changed while you were here: look at the sum again." in unseen
    assert hot_rows() == before
    answer = guest.client.post(f"{address}/cancel", {"seen": "PLACED"})
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert Purchase.objects.get().state == Step.CANCELLED
    page = text(guest.client, address)
    assert "It is cancelled Nothing was charged." in page
    assert "Pay €20.00" not in page
    assert guest.client.get(f"{address}/cancel")["Location"] == address


def test_what_is_paid_is_not_cancelled_here() -> None:
    make_market()
    guest = make_guest()
    placed = guest.place(make_sku().line())
    guest.pay(placed)
    before = hot_rows()

    answer = guest.client.post(f"/purchases/{placed.number}/cancel", {"seen": "PAID"}, follow=True)

    assert hot_rows() == before
    assert "It can&#x27;t be cancelled any more." in answer.content.decode()


def test_the_story_goes_on_with_each_order() -> None:
    make_market()
    guest = make_guest()
    skus = [make_sku(merchant=make_merchant(lane=lane)) for lane in (1, 2)]
    placed = guest.place(*(sku.line() for sku in skus))
    address = f"/purchases/{placed.number}"
    first, second = (order.order_id for order in placed.orders)

    assert re.search(r"To be paid Until \d\d:\d\d", text(guest.client, address))
    guest.pay(placed)
    assert "Paid for €20.00" in text(guest.client, address)
    assert "It is being packed The merchants have your order and will send it." in text(guest.client, address)
    advance_orders(order_ids=[first], then=Step.SHIPPED, now_ms=now_ms())
    assert "1 of 2 orders are on their way already." in text(guest.client, address)
    advance_orders(order_ids=[second], then=Step.SHIPPED, now_ms=now_ms())
    assert "It is on its way The carrier has it." in text(guest.client, address)
    advance_orders(order_ids=[first, second], then=Step.DELIVERED, now_ms=now_ms())
    assert "It has arrived" in text(guest.client, address)
    advance_orders(order_ids=[first, second], then=Step.COMPLETED, now_ms=now_ms())
    assert "All done" in text(guest.client, address)
    assert len(re.findall('data-state="done"', guest.client.get(address).content.decode())) == 5


def test_a_cancelled_order_says_where_its_money_is() -> None:
    make_market()
    guest = make_guest()
    skus = [make_sku(merchant=make_merchant(lane=lane), price_minor=1_000 * lane) for lane in (1, 2)]
    placed = guest.place(*(sku.line() for sku in skus))
    guest.pay(placed)
    advance_orders(order_ids=[placed.orders[0].order_id], then=Step.CANCELLED, now_ms=now_ms())
    page = text(guest.client, f"/purchases/{placed.number}")

    assert "This order is cancelled. €10.00 is back in your wallet." in page
    assert "It is being packed" in page
    advance_orders(order_ids=[placed.orders[1].order_id], then=Step.CANCELLED, now_ms=now_ms())
    assert "It is cancelled €30.00 is back in your wallet." in text(guest.client, f"/purchases/{placed.number}")


def test_what_was_not_paid_in_time_says_that_nothing_was_charged() -> None:
    make_market()
    guest = make_guest()
    placed = guest.place(make_sku().line(), ago_ms=16 * 60_000)
    address = f"/purchases/{placed.number}"

    assert "The time to pay is over" in text(guest.client, address)
    assert guest.client.get(f"{address}/cancel").status_code == 303
    expire_purchases(now_ms=now_ms())
    assert "It was not paid in time Nothing was charged." in text(guest.client, address)


def test_an_erased_address_is_said_to_be_erased() -> None:
    make_market()
    guest = make_guest()
    placed = guest.place(make_sku().line())
    OrderAddress.objects.all().delete()

    assert "It was erased when it was no longer needed." in text(guest.client, f"/purchases/{placed.number}")
    assert "The address was erased." in text(guest.client, f"/purchases/{placed.number}/invoice")
    assert guest.client.get(f"/purchases/{placed.number}/invoice.pdf").status_code == 200


def test_hostile_words_stay_words() -> None:
    make_market()
    guest = make_guest()
    address = b'{"name":"<script>alert(1)</script>","country":"DE","lines":["<b>"]}'
    placed = guest.place(make_sku(titles={"en": HOSTILE}).line(), address=address)

    for page in ("/purchases", f"/purchases/{placed.number}", f"/purchases/{placed.number}/invoice"):
        html = guest.client.get(page).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_buying_again_puts_what_is_still_sold_into_the_cart_and_names_the_rest() -> None:
    make_market()
    guest = make_guest()
    chair, lamp = make_sku(titles={"en": "Oak chair"}), make_sku(titles={"en": "Paper lamp"}, price_minor=500)
    placed = guest.place(chair.line(2), lamp.line(3))
    Sku.objects.filter(id=lamp.id).update(on_sale=False)

    answer = guest.client.post(f"/purchases/{placed.number}/again")

    assert (answer.status_code, answer["Location"]) == (303, "/cart")
    (entry,) = CartEntry.objects.all()
    assert (entry.shopper_id, entry.sku_id, entry.quantity) == (guest.shopper_id, chair.id, 2)
    assert (entry.seen_minor, entry.seen_currency) == (1_000, "EUR")
    assert "Not sold here any more: Paper lamp" in text(guest.client, "/purchases")


def test_where_nothing_is_sold_any_more_buying_again_stays_at_the_purchase() -> None:
    make_market()
    guest = make_guest()
    placed = guest.place(make_sku().line())
    Sku.objects.update(on_sale=False)

    answer = guest.client.post(f"/purchases/{placed.number}/again", follow=True)

    assert answer.redirect_chain == [(f"/purchases/{placed.number}", 303)]
    assert "Not sold here any more: Oak chair" in answer.content.decode()
    assert not CartEntry.objects.exists()


def queries_of(guest: Guest, address: str) -> int:
    """Return how many statements a page takes once it has been made before."""
    guest.client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert guest.client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize(("page", "statements"), [("", 8), ("/invoice", 4), ("/invoice.pdf", 3)])
def test_a_purchase_takes_as_many_statements_with_twenty_lines_as_with_one(page: str, statements: int) -> None:
    make_market()
    guest = make_guest()
    one = guest.place(make_sku().line())
    many = guest.place(*(make_sku().line() for _ in range(20)))

    counts = [queries_of(guest, f"/purchases/{placed.number}{page}") for placed in (one, many)]

    assert counts == [statements, statements]


def test_the_list_takes_as_many_statements_with_twenty_purchases_as_with_one() -> None:
    make_market()
    guest, sku = make_guest(), make_sku()
    guest.place(sku.line())
    counts = [queries_of(guest, "/purchases")]
    for _ in range(19):
        guest.place(sku.line())
    counts.append(queries_of(guest, "/purchases"))

    assert counts == [5, 5]


def test_every_page_leads_who_may_have_bought_to_the_purchases() -> None:
    make_market()

    assert 'href="/purchases"' in make_guest().client.get("/").content.decode()
    assert 'href="/purchases"' not in Client().get("/").content.decode()


def test_no_proxy_keeps_a_page_of_purchases() -> None:
    make_market()
    guest = make_guest()
    placed = guest.place(make_sku().line())

    for page in ("/purchases", *(f"/purchases/{placed.number}{page}" for page in PAGES)):
        response = guest.client.get(page)
        assert response["Cache-Control"] == "no-store"
        assert "X-Same-Until-Ms" not in response


def test_a_product_with_a_picture_shows_its_first_one_in_the_list_and_on_the_page() -> None:
    make_market()
    guest, sku = make_guest(), make_sku()
    placed = guest.place(sku.line())
    product_id = Sku.objects.get(id=sku.id).product_id
    for position in (1, 2):
        name = f"{position}" * 32
        ProductPicture.objects.create(
            product_id=product_id, name=name, position=position, width=800, height=600, added_at=NOW
        )

    for page in ("/purchases", f"/purchases/{placed.number}"):
        html = guest.client.get(page).content.decode()
        assert f"{'1' * 32}-320.webp" in html
        assert "2" * 32 not in html
