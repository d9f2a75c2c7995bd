"""Waiting for an opening, and behind others at the door, as a browser without any script does it."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from fairground import sites
from fairground.carts.models import CartEntry
from fairground.intake.counter import Counter
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.models import TicketLine
from fairground.kernel.ticket_line import read_ticket_line, take_room_numbers
from fairground.orders.models import OrderLine, Purchase
from fairground.waiting.actions import draw_due_room, enter_room
from fairground.waiting.models import Entrant, Room
from fairground.waiting.rules import CLOSES_BEFORE_MS
from tests.counters import counter_open
from tests.factories import SkuMade, make_market, make_sku
from tests.journeys.test_checkout import ADDRESS, fill_cart, give_address, hidden
from tests.people_making import make_guest

pytestmark = pytest.mark.usefixtures("writer")
PATIENCE_S = 60.0
STATIC = Path(sites.__file__).parent / "static"


@pytest.fixture
def counter() -> Iterator[Counter]:
    """The door of the process that answers the test's pages."""
    make_market(tax_rates_bps={"DE": 1900, "ES": 2100})
    with counter_open() as opened:
        yield opened


def make_lamp(*, opens_in_s: float, units: int = 50) -> SkuMade:
    opens_at = timezone.now() + timedelta(seconds=opens_in_s)
    return make_sku(
        price_minor=1_000,
        deal_price_minor=600,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=1),
        units=units,
        deal_units=units,
        titles={"en": "Lamp"},
    )


def come_to_wait(client: Client, lamp: SkuMade, *, quantity: int = 1) -> int:
    """Put the lamp into a cart, say where it goes, and press the button of the waiting room; return the shopper."""
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, lamp, quantity=quantity)
    give_address(client)
    page = client.get("/checkout").content.decode()
    answer = client.post("/checkout/waiting", hidden(page))
    assert (answer.status_code, answer["Location"]) == (303, "/checkout/waiting")
    return shopper_id


def look(client: Client) -> str:
    """Return the waiting room's page."""
    answer = client.get("/checkout/waiting")
    assert answer.status_code == 200, answer.headers.get("Location")
    return answer.content.decode()


def brought_along(page: str) -> dict[str, str]:
    """Return what the form of an address brings along besides it."""
    form = page[page.index('class="checkout-form"') :]
    return dict(re.findall(r'<input type="hidden" name="(key|ticket)" value="([^"]*)"', form[: form.index("</form>")]))


def look_until_placed(client: Client) -> str:
    """Load the page again and again, as a browser does; return where it leads."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        answer = client.get("/checkout/waiting")
        if answer.status_code != 200:
            return answer["Location"]
        time.sleep(0.1)
    raise AssertionError("never placed")


def told(page: str, what: str) -> str:
    found = re.search(rf'id="{what}">([^<]*)<', page)
    assert found, what
    return found[1]


def test_who_comes_too_late_for_the_room_buys_at_the_opening_all_the_same_and_once(
    counter: Counter, client: Client
) -> None:
    # Less than a room is closed before its opening, and enough for five pages of a busy machine.
    lamp = make_lamp(opens_in_s=8.0)
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, lamp)
    give_address(client)
    fields = hidden(client.get("/checkout").content.decode())
    # The room has closed by the clock already, so they come after it.
    client.post("/checkout/waiting", fields)
    client.post("/checkout/waiting", fields)
    before = look(client)

    way = look_until_placed(client)
    again = client.get("/checkout/waiting")

    assert "You are in the waiting room" in before
    assert not Room.objects.exists()
    assert way.endswith("/pay")
    assert (again.status_code, again["Location"]) == (303, way)
    assert Purchase.objects.count() == 1
    assert OrderLine.objects.values_list("quantity", "unit_price_minor").get() == (2, 600)
    assert not CartEntry.objects.exists()


def test_before_the_draw_the_page_says_when_it_is_and_after_it_there_is_a_place(
    counter: Counter, client: Client
) -> None:
    lamp = make_lamp(opens_in_s=3_600)
    shopper_id = come_to_wait(client, lamp)
    opens_ms = Room.objects.get().opens_ms
    first = look(client)
    for other in (101, 102, 103):
        enter_room(opens_ms=opens_ms, shopper_id=other, writer_id=0, now=timezone.now())
    draw_due_room(now=from_unix_ms(opens_ms - CLOSES_BEFORE_MS))
    rank = Entrant.objects.values_list("rank", flat=True).get(shopper_id=shopper_id)

    assert "drawn by lot at" in told(first, "place")
    assert "Time to wait" not in first
    assert rank is not None
    assert read_ticket_line(0).is_shut


def test_the_whole_way_from_the_room_to_the_purchase_past_those_who_come_later(
    counter: Counter, client: Client
) -> None:
    # The room takes those who come within seven seconds.
    lamp = make_lamp(opens_in_s=CLOSES_BEFORE_MS / 1_000 + 7.0)
    shopper_id = come_to_wait(client, lamp)
    opens_ms = Room.objects.get().opens_ms
    just_before = from_unix_ms(opens_ms - CLOSES_BEFORE_MS - 1)
    for other in range(101, 131):
        enter_room(opens_ms=opens_ms, shopper_id=other, writer_id=0, now=just_before)
    time.sleep(max(0.0, (opens_ms - CLOSES_BEFORE_MS) / 1000 - time.time()))
    assert draw_due_room(now=timezone.now())
    page = look(client)
    rank = Entrant.objects.values_list("rank", flat=True).get(shopper_id=shopper_id)

    way = look_until_placed(client)

    place = told(page, "place")
    assert rank is not None
    assert int(place) >= rank + 1
    assert to_unix_ms(timezone.now()) >= opens_ms
    assert way.endswith("/pay")
    assert Purchase.objects.get().shopper_id == shopper_id
    assert OrderLine.objects.values_list("quantity", "unit_price_minor").get() == (1, 600)


def test_who_comes_without_a_ticket_while_a_room_comes_in_sees_a_place_and_keeps_the_cart(
    counter: Counter, client: Client
) -> None:
    chair = make_sku(price_minor=500)
    fill_cart(make_guest(client).shopper_id, chair)
    give_address(client)
    fields = hidden(client.get("/checkout").content.decode())
    hold_line(counter)

    answer = client.post("/checkout", fields)
    page = look(client)
    places = [int(told(look(client), "place").replace(",", "")) for _ in range(3)]
    waits = CartEntry.objects.count(), Purchase.objects.count()
    TicketLine.objects.update(admitted=read_ticket_line(0).issued)
    way = look_until_placed(client)

    assert (answer.status_code, answer["Location"]) == (303, "/checkout/waiting")
    assert "You are in the line" in page
    assert "Your cart stays as it is" in page
    assert places == sorted(places, reverse=True)
    assert waits == (1, 0)
    assert way.endswith("/pay")
    assert Purchase.objects.count() == 1


def test_who_leaves_gives_up_the_place_and_has_the_cart_as_it_was(counter: Counter, client: Client) -> None:
    come_to_wait(client, make_lamp(opens_in_s=3_600), quantity=2)

    answer = client.post("/checkout/waiting/leave")

    assert (answer.status_code, answer["Location"]) == (303, "/cart")
    assert not Entrant.objects.exists()
    assert CartEntry.objects.get().quantity == 2
    assert client.get("/checkout/waiting")["Location"] == "/checkout"


def test_what_changed_while_somebody_waited_is_told_at_the_checkout_and_nothing_is_bought(
    counter: Counter, client: Client
) -> None:
    lamp = make_lamp(opens_in_s=6.0)
    shopper_id = come_to_wait(client, lamp)
    CartEntry.objects.update(quantity=7)
    assert shopper_id

    way = look_until_placed(client)

    assert way.startswith("/checkout?refused=changed&opening=wait&key=")
    assert "Something changed while you were here" in client.get(way).content.decode()
    assert not Purchase.objects.exists()


def test_who_comes_up_with_another_cart_looks_at_the_new_sum_and_keeps_the_place(
    counter: Counter, client: Client
) -> None:
    fill_cart(make_guest(client).shopper_id, make_sku(price_minor=500))
    give_address(client)
    fields = hidden(client.get("/checkout").content.decode())
    hold_line(counter)
    client.post("/checkout", fields)
    CartEntry.objects.update(quantity=7)
    TicketLine.objects.update(admitted=read_ticket_line(0).issued)

    way = look_until_placed(client)
    page = client.get(way).content.decode()

    asked = dict(parse_qsl(urlsplit(way).query))
    assert (asked["refused"], asked["key"]) == ("changed", fields["key"])
    assert "Something changed while you were here" in page
    assert not Purchase.objects.exists()
    assert [hidden(page)[name] for name in ("key", "ticket")] == [asked["key"], asked["ticket"]]
    assert client.post("/checkout", hidden(page))["Location"].endswith("/pay")
    assert OrderLine.objects.get().quantity == 7


def test_the_place_is_kept_at_the_second_change_and_while_another_address_is_given(
    counter: Counter, client: Client
) -> None:
    fill_cart(make_guest(client).shopper_id, make_sku(price_minor=500))
    give_address(client)
    hold_line(counter)
    client.post("/checkout", hidden(client.get("/checkout").content.decode()))
    CartEntry.objects.update(quantity=7)
    TicketLine.objects.update(admitted=read_ticket_line(0).issued)
    first = hidden(client.get(look_until_placed(client)).content.decode())
    place = {name: first[name] for name in ("key", "ticket")}
    CartEntry.objects.update(quantity=3)

    page = client.post("/checkout", first).content.decode()

    assert "Something changed while you were here" in page
    assert {name: hidden(page)[name] for name in place} == place
    links = re.findall(r'href="/checkout\?([^"]*address=[^"]*)"', page)
    assert links
    assert all(place.items() <= dict(parse_qsl(unescape(one))).items() for one in links)

    assert brought_along(client.get("/checkout", {"address": "new", **place}).content.decode()) == place
    wrong = client.post("/checkout/address", ADDRESS | place | {"postal_code": "1"}).content.decode()
    assert brought_along(wrong) == place
    way = client.post("/checkout/address", ADDRESS | place | {"city": "Sevilla"})["Location"]
    assert dict(parse_qsl(urlsplit(way).query)) == place
    assert client.post("/checkout", hidden(client.get(way).content.decode()))["Location"].endswith("/pay")
    assert OrderLine.objects.get().quantity == 3


def test_the_page_is_light_not_kept_and_not_for_search_engines(counter: Counter, client: Client) -> None:
    come_to_wait(client, make_lamp(opens_in_s=3_600))

    answer = client.get("/checkout/waiting")

    page = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page
    files = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', page)
    weight = sum((STATIC / file).stat().st_size for file in files)
    assert len(files) == 6
    assert weight + len(answer.content) < 30_000
    assert 'role="status"' in page
    assert client.get("/checkout/waiting", headers={"accept-language": "ar"}).content.decode().count('dir="rtl"') == 1


def test_a_form_that_shows_something_else_gives_no_place(counter: Counter, client: Client) -> None:
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, make_lamp(opens_in_s=3_600))
    give_address(client)

    answer = client.post("/checkout/waiting", {"shown": "other", "opening": "wait"})

    assert answer["Location"] == "/checkout?refused=changed&opening=wait"
    assert not Room.objects.exists()


def hold_line(counter: Counter) -> None:
    """Let an open room of a hundred thousand, none of whom comes, stand before the door, which knows of it."""
    opens_at = timezone.now() + timedelta(milliseconds=1)
    with transaction.atomic():
        take_room_numbers(writer_id=0, count=100_000, opens_at=opens_at)
    give_up_at = time.monotonic() + PATIENCE_S
    while not counter._door.lines[0].room_waits:
        assert time.monotonic() < give_up_at, "the door did not hear of it"
        time.sleep(0.05)
