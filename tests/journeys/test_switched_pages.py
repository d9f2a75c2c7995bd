"""Each switch tried: what a page does with it on and off, and that it comes back."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fairground.kernel.edits import By
from fairground.kernel.switches import turn_off, turn_on
from fairground.sites.api.stream import DealStock
from fairground.sites.live_screen.stream import LiveFigures
from fairground.sites.moment import forget_everything
from fairground.sites.switches import PARTS, Part, is_on
from tests.factories import NOW, make_festival, make_market, make_sku
from tests.goods_making import make_good
from tests.journeys.web_processes import PATIENCE_S, web_processes
from tests.journeys.wire_http import exchange, http_request
from tests.people_making import make_guest


def by_now() -> By:
    return By(user_id=None, now=datetime.now(UTC), reason="a try")


def off(part: Part) -> None:
    turn_off(name=part, by=by_now())
    forget_everything()


def on(part: Part) -> None:
    turn_on(name=part, by=by_now())
    forget_everything()


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget_everything()
    yield
    forget_everything()


@pytest.mark.django_db
def test_every_part_has_words_for_what_people_then_see() -> None:
    assert set(PARTS) == set(Part)
    assert all(is_on(part) for part in Part)


@pytest.mark.django_db
def test_a_page_asks_for_switches_once_a_second_at_most() -> None:
    is_on(Part.SEEN)

    with CaptureQueriesContext(connection) as asked:
        for part in Part:
            is_on(part)

    assert len(asked) == 0


@pytest.mark.django_db
def test_a_try_that_is_over_is_on_again_though_nobody_turned_it() -> None:
    long_ago = By(user_id=None, now=NOW, reason="a try")
    turn_off(name=Part.SEEN, by=long_ago, until=NOW + timedelta(minutes=1))
    forget_everything()

    assert is_on(Part.SEEN)


@pytest.mark.usefixtures("lone_writer")
def test_suggestions(client: Client) -> None:
    make_market()
    make_good("Elm chair")
    asked = "/search/suggestions?q=elm&market=EU"
    before = client.get(asked).json()

    off(Part.SUGGESTIONS)
    without = client.get(asked)
    page = client.get("/search?q=elm&market=EU").content.decode()
    on(Part.SUGGESTIONS)

    assert [one["text"] for one in before["suggestions"]] == ["Elm chair"]
    assert (without.status_code, without.json()) == (200, {"suggestions": []})
    assert "Elm chair" in page
    assert client.get(asked).json() == before


@pytest.mark.usefixtures("lone_writer")
def test_recently_seen(client: Client) -> None:
    make_market()
    product_id = make_good("Elm chair")
    asked = f"/seen?ids={product_id}&market=EU"

    off(Part.SEEN)
    without = client.get(asked)
    product = client.get(f"/products/{product_id}?market=EU")
    on(Part.SEEN)

    assert (without.status_code, without.content.strip()) == (200, b"")
    assert product.status_code == 200
    assert b"Elm chair" in client.get(asked).content


@pytest.mark.usefixtures("lone_writer")
def test_live_stock() -> None:
    make_market()
    now = timezone.now()
    sku = make_sku(deal_price_minor=700, deal_units=50, opens_at=now, closes_at=now + timedelta(hours=1))
    source = DealStock()

    off(Part.LIVE_STOCK)
    is_on(Part.LIVE_STOCK)
    with CaptureQueriesContext(connection) as asked:
        without = source.poll()
    on(Part.LIVE_STOCK)

    assert (without, len(asked)) == ({}, 0)
    assert source.poll() == {str(sku.deal_id): 50}


@pytest.mark.usefixtures("writer")
def test_the_live_screen_keeps_its_last_figures_and_says_so() -> None:
    make_festival()
    source = LiveFigures(realm="real")
    first = source.poll()
    assert isinstance(first, dict)

    off(Part.LIVE_SCREEN)
    is_on(Part.LIVE_SCREEN)
    with CaptureQueriesContext(connection) as asked:
        without = source.poll()
    on(Part.LIVE_SCREEN)
    again = source.poll()

    assert (without, len(asked)) == ({**first, "rests": True}, 0)
    assert isinstance(again, dict)
    assert "rests" not in again


@pytest.mark.usefixtures("lone_writer")
def test_invoices_as_pdf() -> None:
    make_market()
    guest = make_guest()
    number = guest.place(make_sku().line()).number

    off(Part.INVOICE_PDF)
    page = guest.client.get(f"/purchases/{number}/invoice")
    file = guest.client.get(f"/purchases/{number}/invoice.pdf")
    on(Part.INVOICE_PDF)

    assert page.status_code == 200
    assert b"invoice.pdf" not in page.content
    assert b"PDFs are not made just now; print this page." in page.content
    assert (file.status_code, file["Retry-After"]) == (503, "5")
    assert b"invoice.pdf" in guest.client.get(f"/purchases/{number}/invoice").content
    assert guest.client.get(f"/purchases/{number}/invoice.pdf")["Content-Type"] == "application/pdf"


@pytest.mark.usefixtures("lone_writer")
def test_the_sitemap(client: Client) -> None:
    make_market()
    make_sku()

    off(Part.SITEMAP)
    without = client.get("/sitemap.xml")
    on(Part.SITEMAP)

    assert (without.status_code, without["Retry-After"]) == (503, "3600")
    assert b"sitemap-products" in client.get("/sitemap.xml").content


@pytest.mark.usefixtures("writer")
def test_two_processes_know_of_a_switch_and_come_back_by_themselves() -> None:
    make_market()
    make_good("Elm chair")
    path = "/search/suggestions?q=elm&market=EU"

    def suggested(port: int) -> int:
        reply = exchange(port, http_request(method="GET", path=path, headers={"Host": f"127.0.0.1:{port}"}))
        assert reply.status == 200
        return len(json.loads(reply.body)["suggestions"])

    def until_suggested(ports: list[int], expected: list[int]) -> None:
        """Ask until both know: a second for the switch and one for the answer that is shared, or what that takes."""
        give_up_at = time.monotonic() + PATIENCE_S
        while (found := [suggested(port) for port in ports]) != expected:
            assert time.monotonic() < give_up_at, found
            time.sleep(0.2)

    with web_processes(2) as ports:
        assert [suggested(port) for port in ports] == [1, 1]
        turn_off(name=Part.SUGGESTIONS, by=by_now(), until=datetime.now(UTC) + timedelta(hours=1))
        until_suggested(ports, [0, 0])
        # Nobody turns it on again.
        turn_off(name=Part.SUGGESTIONS, by=by_now(), until=datetime.now(UTC) + timedelta(seconds=1))
        until_suggested(ports, [1, 1])
