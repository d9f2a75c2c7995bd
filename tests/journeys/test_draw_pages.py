"""Draws over HTTP: what their pages say in each state, entering, the file, and that nobody is told what is secret."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from fairground.draws.actions.announce_draws import open_draw
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.actions.draw_winners import close_draw, draw_winners
from fairground.draws.models import Entry
from fairground.draws.queries import own_part
from fairground.draws.rules.published import verify_published
from fairground.draws.rules.terms import EntryKind, PrizeKind, PrizeTerms
from fairground.festivals.models import FestivalRate
from fairground.identity.models import Shopper
from fairground.kernel.edits import By
from fairground.sites.storefront.draws.views import _sending, _Sent
from tests.draws.making import draw_row, enter_free, make_draw
from tests.factories import NOW, make_festival, make_market, make_shopper, make_sku
from tests.journeys.test_cart_pages import post, words
from tests.people_making import make_user, sign_in

BACK, AHEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(2080, 1, 1, tzinfo=UTC)
BEACON_AT = AHEAD + timedelta(hours=1)
BEFORE, CLOSING, DRAWING = (By(None, at) for at in (BACK, AHEAD + timedelta(minutes=1), BEACON_AT))
EMAIL = "ana@example.org"
TIMES = "{} \N{MULTIPLICATION SIGN}"
PRIZES = [PrizeTerms(PrizeKind.WALLET, 1, {"EU": 100_000}), PrizeTerms(PrizeKind.EXEMPTION, 20, {"EU": 5_000})]


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    cache.clear()
    make_market()


def announce(slug: str = "gala", **changes: Any) -> None:
    """Announce a draw that takes entries at the moment the test runs, whenever that is."""
    times: dict[str, Any] = {"opens_at": BACK, "closes_at": AHEAD, "beacon_at": BEACON_AT}
    make_draw(slug=slug, is_open=False, **{"prizes": PRIZES, **times, **changes})
    open_draw(slug=slug, by=BEFORE)


def ana(client: Client) -> int:
    """Sign a verified shopper in, and return the shopper."""
    shopper_id = make_shopper(lane=3)
    make_user(email=EMAIL, shopper_id=shopper_id)
    sign_in(client, email=EMAIL)
    return shopper_id


def test_without_a_draw_the_page_says_so_and_is_everybodys() -> None:
    client = Client()

    assert words(client, "/draws") == "No draws yet When one is announced, it stands here."
    assert "X-Same-Until-Ms" in client.get("/draws").headers
    assert client.get("/draws/gala").status_code == 404


def test_a_draft_is_seen_by_nobody(client: Client) -> None:
    make_draw(is_open=False)

    assert "gala" not in words(client, "/draws")
    assert [client.get(address).status_code for address in ("/draws/gala", "/draws/gala/list.jsonl")] == [404, 404]


def test_an_open_draw_says_what_can_be_won_and_how_and_shows_its_commitment(client: Client) -> None:
    announce(minimum_minor={"EU": 3_000})

    listed = words(client, "/draws")
    assert f"The gala's draw Open {TIMES.format(1)} €1,000.00 for your wallet" in listed
    assert listed.endswith("Entry closes Monday, January 1, 2080, 00:00.")
    page = words(client, "/draws/gala")
    assert (
        f"{TIMES.format(1)} €1,000.00 for your wallet {TIMES.format(20)} Your purchase paid back, up to €50.00" in page
    )
    assert "One person has 3 entries at most" in page
    assert "For nothing Press the button, once a day. Sign in and enter" in page
    assert "at least €30.00" in page
    assert "Put 3 things on your wish list" in page
    assert draw_row().commitment in page


def test_what_is_secret_stands_on_no_page_before_the_drawing(client: Client) -> None:
    announce()
    shopper = ana(client)
    enter_free(shopper, now=NOW)
    close_draw(slug="gala", by=CLOSING)
    row = draw_row()
    html = client.get("/draws/gala").content.decode()

    assert bytes(row.secret).hex() not in html
    assert bytes(row.salt).hex() in html
    assert bytes(row.salt).hex() not in Client().get("/draws/gala").content.decode()


def test_who_has_not_signed_in_is_led_to_signing_in_and_back(client: Client) -> None:
    announce()

    assert post(client, "/draws/gala/enter", way="free", market="EU") == "/sign/login/?next=%2Fdraws%2Fgala"
    assert (Entry.objects.count(), Shopper.objects.count()) == (0, 0)


def test_somebody_enters_for_nothing_and_sees_number_pseudonym_and_salt(client: Client) -> None:
    announce()
    shopper = ana(client)

    assert post(client, "/draws/gala/enter", way="free", market="EU") == "/draws/gala"

    page, part = words(client, "/draws/gala"), own_part(slug="gala", shopper_id=shopper)
    assert part is not None
    assert page.startswith("Draws You have entered. Good luck!")
    assert f"My pseudonym {part.pseudonym} My number {shopper} Salt of this draw {part.salt}" in page
    assert [(one.kind, one.market) for one in Entry.objects.all()] == [(EntryKind.FREE, "EU")]


def test_each_refusal_is_said_in_words(client: Client) -> None:
    announce(entries_max=1)
    shopper = ana(client)

    post(client, "/draws/gala/enter", way="task", market="EU")
    assert "Not entered: 3 more on your wish list are needed." in words(client, "/draws/gala")
    post(client, "/draws/gala/enter", way="free", market="EU")
    post(client, "/draws/gala/enter", way="free", market="EU")
    assert "You have entered in this way already." in words(client, "/draws/gala")
    Entry.objects.update(ref=1)
    post(client, "/draws/gala/enter", way="free", market="EU")
    assert "You have as many entries as one may." in words(client, "/draws/gala")
    Entry.objects.all().delete()
    Shopper.objects.filter(id=shopper).update(verified=False)
    post(client, "/draws/gala/enter", way="free", market="EU")
    assert "only who has proved an e-mail address may enter" in words(client, "/draws/gala")
    assert client.post("/draws/gala/enter", {"way": "luck"}).status_code == 400
    assert Entry.objects.count() == 0


def test_a_wish_list_enters(client: Client) -> None:
    announce()
    shopper = ana(client)
    for _ in range(3):
        post(client, "/wishes/add", sku=make_sku().id, market="EU", seen_minor=1_000)
    post(client, "/draws/gala/enter", way="task", market="EU")

    assert list(Entry.objects.values_list("shopper_id", "kind")) == [(shopper, EntryKind.TASK)]
    assert "For the wish list" in words(client, "/draws/gala")


def test_a_draw_of_other_markets_names_no_prize_and_no_way(client: Client) -> None:
    make_market(code="US", currency="USD", tax_rates_bps={"US": 0})
    make_festival()
    FestivalRate.objects.create(festival_id="fair", currency="USD", numerator=9, denominator=10, quoted_at=NOW)
    announce(markets=frozenset({"US"}), prizes=[PrizeTerms(PrizeKind.WALLET, 1, {"US": 100})])

    page = words(client, "/draws/gala?market=EU")

    assert "This draw is for other markets." in page
    assert "How to enter" not in page


def test_a_closed_draw_shows_its_root_and_gives_its_file(client: Client) -> None:
    announce()
    enter_free(make_shopper(), now=NOW)
    root = close_draw(slug="gala", by=CLOSING)

    page, answer = words(client, "/draws/gala"), client.get("/draws/gala/list.jsonl")

    lines = b"".join(answer).splitlines(keepends=True)
    assert answer["Content-Disposition"] == 'attachment; filename="gala.jsonl"'
    assert verify_published(lines, root_noted=root).ok
    assert f"fairground draw verify gala.jsonl --root {root}" in page
    assert "Keep the root now." in page
    assert "How to enter" not in page


def test_a_drawn_draw_shows_who_won_and_all_that_proves_it(client: Client) -> None:
    announce()
    shopper = ana(client)
    enter_free(shopper, now=NOW)
    close_draw(slug="gala", by=CLOSING)
    draw_winners(slug="gala", beacon="cafe0123", seen_at=BEACON_AT, by=DRAWING)
    before = words(client, "/draws/gala")
    award_prizes(slug="gala", now=BEACON_AT)

    page, row = words(client, "/draws/gala"), draw_row()
    assert "You won place 1. Your prize: on its way" in before
    assert "You won place 1. Your prize: €1,000.00" in page
    assert f"What came out cafe0123 The secret {bytes(row.secret).hex()}" in page
    assert "Congratulations!" not in words(Client(), "/draws/gala")


def test_one_file_at_a_time_is_sent(client: Client) -> None:
    announce()
    close_draw(slug="gala", by=CLOSING)
    assert _sending.acquire(blocking=False)
    try:
        refused = client.get("/draws/gala/list.jsonl")
    finally:
        _sending.release()

    assert (refused.status_code, refused["Retry-After"]) == (503, "30")
    assert b"".join(client.get("/draws/gala/list.jsonl")).startswith(b'{"algorithm":')


def test_a_file_that_nobody_reads_gives_its_place_back_once() -> None:
    assert _sending.acquire(blocking=False)
    unread = _Sent(iter([b"never sent"]))
    unread.close()
    unread.close()

    assert _sending.acquire(blocking=False)
    assert not _sending.acquire(blocking=False)
    _sending.release()
