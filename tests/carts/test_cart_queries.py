"""A cart as a market offers it at a moment: prices, deals, stock, words; one statement, however long."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.carts.actions import put_in_cart, save_wish, set_aside
from fairground.carts.queries import CartLine, cart_count, cart_lines, wish_lines
from fairground.carts.rules import Standing
from fairground.catalog.models import OptionValue, Sku
from fairground.inventory.models import Stock
from fairground.inventory.rules import Asking
from tests.factories import NOW, SkuMade, make_market, make_shopper, make_sku

pytestmark = pytest.mark.django_db

BEFORE = NOW - timedelta(hours=1)


@pytest.fixture(autouse=True)
def _market() -> None:
    make_market()


def put(sku: SkuMade, *, shopper_id: int, quantity: int = 1, seen_minor: int | None = 1_000, minute: int = 0) -> None:
    put_in_cart(
        shopper_id=shopper_id,
        sku_id=sku.id,
        quantity=quantity,
        seen_minor=seen_minor,
        currency="EUR",
        now=NOW + timedelta(minutes=minute),
    )


def lines_of(shopper_id: int, *, market: str = "EU", language: str = "en") -> list[CartLine]:
    return cart_lines(shopper_id=shopper_id, market=market, language=language, festival="fair", now=NOW)


def test_a_line_of_a_cart_has_the_words_prices_units_and_limits_that_its_page_says() -> None:
    shopper_id = make_shopper()
    chair = make_sku(
        titles={"en": "Oak chair", "es": "Silla de roble"}, units=7, deal_price_minor=700, deal_units=3, buyer_limit=2
    )
    OptionValue.objects.create(code="moss", names={"en": "Moss", "es": "Musgo"})
    Sku.objects.filter(id=chair.id).update(options={"colour": "moss", "size": "XL"})
    put(chair, shopper_id=shopper_id, quantity=2)

    (line,) = lines_of(shopper_id, language="es")

    assert (line.sku_id, line.merchant_id, line.merchant_slug) == (
        chair.id,
        chair.merchant.id,
        f"merchant-{chair.merchant.id}",
    )
    assert (line.title, line.options, line.merchant_name) == ("Silla de roble", ["Musgo", "XL"], "Olmo")
    assert (line.quantity, line.aside, line.put_at, line.on_sale) == (2, False, NOW, True)
    assert (line.seen_minor, line.seen_currency, line.usual_minor, line.currency) == (1_000, "EUR", 1_000, "EUR")
    assert (line.deal_id, line.deal_minor, line.buyer_limit) == (chair.deal_id, 700, 2)
    assert (line.opens_at, line.closes_at) == (NOW, NOW + timedelta(days=1))
    assert (line.deal_units_left, line.units_left) == (3, 7)


def test_the_deals_price_is_asked_from_its_opening_on_with_the_deals_units_and_limit() -> None:
    shopper_id = make_shopper()
    put(make_sku(units=9, deal_price_minor=700, deal_units=3, buyer_limit=2), shopper_id=shopper_id, quantity=5)

    (line,) = lines_of(shopper_id)

    assert line.asking(now=BEFORE) == Asking(1_000, None, None, in_stock=True)
    assert (line.standing(now=BEFORE), line.buyable(now=BEFORE)) == (Standing.OFFERED, 5)
    assert (line.opens_later(now=BEFORE), line.at_deal(now=BEFORE)) == (True, False)
    assert line.asking(now=NOW) == Asking(700, 1_000, NOW + timedelta(days=1), in_stock=True)
    assert (line.standing(now=NOW), line.buyable(now=NOW)) == (Standing.LIMITED, 2)
    assert (line.opens_later(now=NOW), line.at_deal(now=NOW)) == (False, True)


def test_the_price_last_shown_is_told_once_another_is_asked_and_never_across_currencies() -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    shopper_id = make_shopper()
    put(make_sku(deal_price_minor=700), shopper_id=shopper_id)
    put(make_sku(), shopper_id=shopper_id, seen_minor=None, minute=1)

    deal, unseen = lines_of(shopper_id)

    assert (deal.price_before(now=BEFORE), deal.price_before(now=NOW)) == (None, 1_000)
    assert unseen.price_before(now=NOW) is None
    assert [one.price_before(now=NOW) for one in lines_of(shopper_id, market="JP")] == [None, None]


def test_what_is_sold_out_not_sold_here_or_no_longer_sold_stays_and_can_not_be_bought() -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    shopper_id = make_shopper()
    gone, elsewhere, withdrawn = make_sku(), make_sku(market="JP"), make_sku(deal_price_minor=700)
    for minute, sku in enumerate([gone, elsewhere, withdrawn]):
        put(sku, shopper_id=shopper_id, minute=minute)
    Stock.objects.filter(sku_id=gone.id).update(sold=100)
    Sku.objects.filter(id=withdrawn.id).update(on_sale=False)

    lines = lines_of(shopper_id)

    assert [one.sku_id for one in lines] == [gone.id, elsewhere.id, withdrawn.id]
    assert [one.standing(now=NOW) for one in lines] == [
        Standing.SOLD_OUT,
        Standing.NOT_SOLD_HERE,
        Standing.WITHDRAWN,
    ]
    assert [one.buyable(now=NOW) for one in lines] == [0, 0, 0]
    assert (lines[1].usual_minor, lines[1].currency, lines[1].asking(now=NOW)) == (None, "EUR", None)


def test_a_cart_is_read_by_one_statement_however_long_it_is_and_by_its_shopper_alone() -> None:
    mine, other = make_shopper(), make_shopper()
    for minute in range(5):
        put(make_sku(), shopper_id=mine, minute=minute)
    put(make_sku(), shopper_id=other)

    with CaptureQueriesContext(connection) as seen:
        lines = lines_of(mine)

    assert (len(seen), len(lines), len(lines_of(other))) == (1, 5, 1)


def test_what_is_set_aside_does_not_count() -> None:
    shopper_id, chair = make_shopper(), make_sku()
    put(chair, shopper_id=shopper_id, quantity=4)
    put(make_sku(), shopper_id=shopper_id)

    set_aside(shopper_id=shopper_id, sku_id=chair.id, aside=True)

    assert cart_count(shopper_id=shopper_id) == 1
    assert [one.aside for one in lines_of(shopper_id)] == [True, False]


def test_a_wish_list_has_the_newest_first_with_the_price_when_it_was_saved() -> None:
    shopper_id = make_shopper()
    chair, table = make_sku(deal_price_minor=700), make_sku()
    save_wish(shopper_id=shopper_id, sku_id=chair.id, seen_minor=1_000, currency="EUR", now=NOW)
    save_wish(shopper_id=shopper_id, sku_id=table.id, seen_minor=1_000, currency="EUR", now=NOW + timedelta(minutes=1))

    with CaptureQueriesContext(connection) as seen:
        wishes = wish_lines(shopper_id=shopper_id, market="EU", language="en", festival="fair", now=NOW)

    assert len(seen) == 1
    assert [one.sku_id for one in wishes] == [table.id, chair.id]
    assert [one.price_before(now=NOW) for one in wishes] == [None, 1_000]
    assert lines_of(shopper_id) == []
