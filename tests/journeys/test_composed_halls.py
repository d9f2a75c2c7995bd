"""Halls composed of blocks as HTTP: what stands in which order, when it changes, and what the staff sees beforehand."""

import re
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fairground.catalog.models import Category, Product, Sku
from fairground.festivals.block_edits import add_block
from fairground.festivals.blocks import (
    Block,
    Brands,
    Countdown,
    Coupons,
    Deals,
    Kind,
    Matter,
    Source,
    Text,
    Words,
)
from fairground.festivals.models import Deal, Hall, HallBlock
from fairground.inventory.models import Stock
from fairground.kernel.clock import to_unix_ms
from fairground.merchants.models import Merchant
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep
from fairground.sites.moment import forget_everything
from tests.factories import BY, make_market, make_merchant, make_sku
from tests.hall_making import DAY, FAR_OFF, make_hall, make_hall_deal
from tests.promotion_making import make_promotion
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.django_db

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture(autouse=True)
def hall() -> Hall:
    """A hall of a festival that opens in 2100."""
    make_market()
    forget_everything()
    return make_hall()


def put(hall: Hall, matter: Matter, *, heading: str = "", text: str = "", label: str = "", **facts: object) -> int:
    """Add a block to a hall."""
    kinds = {Countdown: Kind.COUNTDOWN, Deals: Kind.DEALS, Brands: Kind.BRANDS, Coupons: Kind.COUPONS, Text: Kind.TEXT}
    words = {"en": Words(heading, text, label)} if heading else {}
    block = Block(kinds[type(matter)], matter, words, **facts)  # type: ignore[arg-type]
    return add_block(hall_id=hall.pk, block=block, by=BY)


def page(client: Client, address: str = "/halls/home") -> str:
    """Return a page that nothing is kept for, its blanks and line ends as one blank each."""
    forget_everything()
    return " ".join(client.get(address).content.decode().split())


def headings(html: str) -> list[str]:
    """Return the headings of a page's blocks."""
    return re.findall(r'<h2 id="block-\d+" dir="auto">([^<]*)</h2>', html)


def titles(html: str) -> list[str]:
    """Return the titles of a page's cards."""
    return re.findall(r'<h3 dir="auto"><a href="/products/[^"]*">([^<]+)</a></h3>', html)


def statements(client: Client, address: str = "/halls/home") -> int:
    """Return how many statements a page took that finds nothing kept."""
    forget_everything()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def preview_of(at: datetime, **chosen: str) -> str:
    query = "".join(f"&{name}={value}" for name, value in chosen.items())
    return f"/halls/home/preview?at={quote(at.isoformat())}{query}"


def test_a_hall_without_blocks_shows_its_countdown_and_its_deals(client: Client, hall: Hall) -> None:
    make_hall_deal(hall, "Lamp")

    html = page(client)

    assert titles(html) == ["Lamp"]
    assert html.count('class="countdown"') == 1
    assert 'class="block' not in html


def test_a_strip_of_coupons_has_those_of_the_market_that_end_first_and_the_way_to_them(
    client: Client, hall: Hall
) -> None:
    put(hall, Coupons(most=2))
    assert 'class="block' not in page(client), "there are none"
    now = timezone.now()
    for hours, off_minor in ((3, 300), (1, 100), (2, 200)):
        make_promotion(
            step=DiscountStep.PLATFORM_COUPON,
            needs_coupon=True,
            opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(hours=hours),
            terms={"EU": MarketTerms(off_minor=off_minor)},
        )
    of_two = statements(client)
    put(hall, Coupons(most=3), heading="For you")

    html = page(client)

    assert headings(html) == ["Coupons", "For you"]
    savings = re.findall(r'class="coupon-saving">([^<]*)<', html)
    assert savings == ["€1.00 off", "€2.00 off", "€1.00 off", "€2.00 off", "€3.00 off"]
    assert html.count('<a class="button" data-kind="quiet" href="/coupons">Collect coupons</a>') == 2
    assert statements(client) == of_two


def test_blocks_stand_in_their_order_with_what_each_says(client: Client, hall: Hall) -> None:
    lamp = make_hall_deal(hall, "Lamp")
    product_id = Sku.objects.get(id=lamp.id).product_id
    put(hall, Text(product_id, link="/live"), heading="By lamplight", text="One.\n\nTwo.", label="Look")
    put(hall, Countdown(), heading="Soon")
    put(hall, Deals())
    put(hall, Brands(), heading="Who sells")

    html = page(client)

    assert headings(html) == ["By lamplight", "Soon", "Deals", "Who sells"]
    assert '<p dir="auto">One.</p> <p dir="auto">Two.</p>' in html
    assert '<a class="button" data-kind="quiet" href="/live">Look</a>' in html
    assert f'<a href="/products/{product_id}">Lamp</a></figcaption>' in html
    assert f'<a href="/shops/merchant-{lamp.merchant.id}"><bdi>Olmo</bdi></a>' in html
    assert titles(html) == ["Lamp"]
    assert html.count('class="countdown"') == 1


def test_a_hall_with_blocks_and_no_deals_is_there(client: Client, hall: Hall) -> None:
    put(hall, Text(), heading="Soon more")

    assert headings(page(client)) == ["Soon more"]
    assert "/halls/home" in page(client, "/")


def test_all_deals_stay_on_the_numbered_pages(client: Client, hall: Hall) -> None:
    make_hall_deal(hall, "Lamp")
    put(hall, Text(), heading="Nothing else here")

    assert 'href="?page=1"' in page(client)
    assert titles(page(client, "/halls/home?page=1")) == ["Lamp"]


def test_words_are_those_of_the_reader_and_stay_words(client: Client, hall: Hall) -> None:
    hostile = "</h2><script>alert(1)</script>"
    block = Block(Kind.TEXT, Text(), {"en": Words("Tea", hostile), "es": Words("Té")})
    add_block(hall_id=hall.pk, block=block, by=BY)

    assert headings(page(client, "/halls/home?lang=es")) == ["Té"]
    assert headings(page(client, "/halls/home?lang=ru")) == ["Tea"]
    assert "<script>alert" not in page(client)


def test_a_grid_takes_its_goods_from_where_it_says(client: Client, hall: Hall) -> None:
    Category.objects.create(code="home", names={"en": "Home"})
    Category.objects.create(code="home.lighting", names={"en": "Light"})
    Category.objects.create(code="homeland", names={"en": "Another"})
    brand = make_merchant()
    best, lamp, cup, bowl = (
        make_hall_deal(hall, "Best", price_minor=100),
        make_hall_deal(hall, "Lamp", price_minor=300),
        make_hall_deal(hall, "Cup", price_minor=200, merchant=brand),
        make_hall_deal(hall, "Bowl", price_minor=400, merchant=brand),
    )
    Product.objects.filter(skus__id=lamp.id).update(category="home.lighting")
    Product.objects.filter(skus__id=bowl.id).update(category="homeland")
    make_sku(merchant=brand, titles={"en": "No deal"})
    Stock.objects.filter(deal_id=cup.deal_id).update(sold=10)

    def shown(matter: Deals) -> list[str]:
        HallBlock.objects.all().delete()
        put(hall, matter)
        return titles(page(client))

    assert shown(Deals()) == ["Best", "Lamp", "Bowl", "Cup"]
    assert shown(Deals(most=2)) == ["Best", "Lamp"]
    assert shown(Deals(Source.CATEGORY, of="home")) == ["Lamp"]
    assert shown(Deals(Source.MERCHANT, of=Merchant.objects.get(id=brand.id).slug)) == ["Bowl", "Cup"]
    assert shown(Deals(Source.SKUS, sku_ids=(bowl.id, best.id))) == ["Bowl", "Best"]


def test_what_opens_next_is_what_opens_together(client: Client, hall: Hall) -> None:
    make_hall_deal(hall, "Later", opens_at=FAR_OFF + timedelta(hours=2), price_minor=100)
    make_hall_deal(hall, "Good", price_minor=300)
    make_hall_deal(hall, "Better", price_minor=200)
    put(hall, Deals(Source.NEXT))

    assert titles(page(client)) == ["Better", "Good"]
    assert headings(page(client)) == ["What opens next"]


def test_a_grid_does_not_show_again_what_stands_above_it_unless_it_was_chosen(client: Client, hall: Hall) -> None:
    best, _good = make_hall_deal(hall, "Best", price_minor=100), make_hall_deal(hall, "Good", price_minor=200)
    put(hall, Deals(most=1))
    put(hall, Deals())
    put(hall, Deals(Source.SKUS, sku_ids=(best.id,)))

    assert titles(page(client)) == ["Best", "Good", "Best"]


def test_a_wall_has_the_merchants_with_most_deals_or_those_that_are_named(client: Client, hall: Hall) -> None:
    few, many, outside = make_merchant(), make_merchant(), make_merchant()
    make_hall_deal(hall, "One", merchant=few)
    for number in range(2):
        make_hall_deal(hall, str(number), merchant=many)
    put(hall, Brands(most=2))
    found = re.findall(r'href="/shops/(merchant-\d+)"><bdi>', page(client))
    HallBlock.objects.all().delete()
    put(hall, Brands((f"merchant-{outside.id}", f"merchant-{few.id}")))
    named = re.findall(r'href="/shops/(merchant-\d+)"><bdi>', page(client))

    assert found == [f"merchant-{many.id}", f"merchant-{few.id}"]
    assert named == [f"merchant-{outside.id}", f"merchant-{few.id}"]


def test_a_block_of_another_market_and_one_that_rests_are_not_shown(client: Client, hall: Hall) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1000})
    put(hall, Text(), heading="Everywhere")
    put(hall, Text(), heading="Japan", markets=("JP",))
    put(hall, Text(), heading="Resting", is_on=False)

    assert headings(page(client)) == ["Everywhere"]
    assert headings(page(client, "/halls/home?market=JP")) == ["Everywhere", "Japan"]


def test_a_hall_takes_no_more_statements_for_twelve_blocks_than_for_one_of_each_kind(
    client: Client, hall: Hall
) -> None:
    Category.objects.create(code="home", names={"en": "Home"})
    made = [make_hall_deal(hall, f"Lamp {number}") for number in range(8)]
    products = list(Product.objects.order_by("id").values_list("id", flat=True))
    Product.objects.update(category="home")
    slugs = [f"merchant-{one.merchant.id}" for one in made]

    def put_round(number: int) -> None:
        put(hall, Text(products[number]), heading="Text")
        put(hall, Brands((slugs[number],)))
        put(hall, Deals(Source.MERCHANT, of=slugs[number], most=1))
        put(hall, Deals(Source.SKUS, sku_ids=(made[number].id,)))

    put_round(0)
    put(hall, Countdown())
    put(hall, Deals(Source.NEXT, most=1))
    put(hall, Deals(Source.CATEGORY, of="home", most=1))
    put(hall, Deals(most=1))
    few = statements(client)
    put_round(1)
    many = statements(client)

    assert HallBlock.objects.count() == 12
    assert many == few
    assert few <= 16


@pytest.mark.parametrize("edge", ["starts_at", "ends_at"])
def test_a_shared_page_is_not_kept_across_a_blocks_start_or_end(client: Client, hall: Hall, edge: str) -> None:
    soon = datetime.now(tz=FAR_OFF.tzinfo) + timedelta(milliseconds=700)
    starts_at, ends_at = (soon, None) if edge == "starts_at" else (None, soon)
    at_the_edge = Block(Kind.TEXT, Text(), {"en": Words("At the edge")}, starts_at=starts_at, ends_at=ends_at)
    put(hall, Text(), heading="Always")
    add_block(hall_id=hall.pk, block=at_the_edge, by=BY)

    answer = client.get("/halls/home")

    assert answer.headers["X-Same-Until-Ms"] == str(to_unix_ms(soon))


def test_a_shared_page_is_not_kept_across_the_opening_that_it_counts_down_to(client: Client, hall: Hall) -> None:
    soon = datetime.now(tz=FAR_OFF.tzinfo) + timedelta(milliseconds=700)
    deal = make_hall_deal(hall, "Lamp")
    Deal.objects.filter(sku=deal.id).update(opens_at=soon)
    put(hall, Countdown())

    assert client.get("/halls/home").headers["X-Same-Until-Ms"] == str(to_unix_ms(soon))


def test_a_block_is_not_there_a_millisecond_before_its_start_and_is_from_its_start_to_its_end(hall: Hall) -> None:
    ada = sign_in()
    put(hall, Text(), heading="Night of lanterns", starts_at=FAR_OFF, ends_at=FAR_OFF + DAY)
    put(hall, Text(), heading="Always")

    def at(moment: datetime) -> list[str]:
        return headings(page(ada, preview_of(moment)))

    assert at(FAR_OFF - MILLISECOND) == ["Always"]
    assert at(FAR_OFF) == at(FAR_OFF + DAY - MILLISECOND) == ["Night of lanterns", "Always"]
    assert at(FAR_OFF + DAY) == ["Always"]


def test_a_preview_shows_deals_as_they_will_stand_and_says_that_it_is_one(hall: Hall) -> None:
    make_hall_deal(hall, "Lamp")
    put(hall, Countdown())
    put(hall, Deals())
    ada = sign_in()

    before, then, after = (page(ada, preview_of(FAR_OFF + moment)) for moment in (-DAY, DAY / 2, 2 * DAY))

    assert "Preview: the hall as it will be on" in then
    assert "November 11, 2100" in then
    assert re.findall(r'data-phase="(\w+)"', before) == ["before", "before"]
    assert re.findall(r'data-phase="(\w+)"', then) == ["open", "open"]
    assert titles(after) == []
    assert f'data-now="{to_unix_ms(FAR_OFF + DAY / 2)}"' in then
    assert "data-preview" in then


def test_a_preview_is_in_the_market_and_the_language_that_are_chosen(hall: Hall) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1000})
    put(hall, Text(), heading="Japan", markets=("JP",))
    ada = sign_in("editor")

    html = page(ada, preview_of(FAR_OFF, market="JP", lang="es"))

    assert headings(html) == ["Japan"]
    assert '<html lang="es"' in html


def test_a_preview_is_kept_by_nobody(hall: Hall) -> None:
    put(hall, Text(), heading="Soon")

    answer = sign_in().get(preview_of(FAR_OFF))

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "X-Same-Until-Ms" not in answer.headers


def test_for_all_but_the_staff_there_is_no_preview(client: Client, hall: Hall) -> None:
    put(hall, Text(), heading="Secret")
    people = [client, sign_in(None, staff=False)]

    assert [one.get(preview_of(FAR_OFF)).status_code for one in people] == [404, 404]
    assert "Secret" in page(sign_in("support"), preview_of(FAR_OFF))


def test_a_preview_leads_back_to_the_blocks_for_who_may_compose_them(hall: Hall) -> None:
    put(hall, Text(), heading="Soon")
    way = f"/back-office/halls/{hall.pk}/blocks/"

    assert way in page(sign_in("operator"), preview_of(FAR_OFF))
    assert way not in page(sign_in("editor"), preview_of(FAR_OFF))


def test_what_is_no_moment_is_now(hall: Hall) -> None:
    put(hall, Text(), heading="Soon")

    assert sign_in().get("/halls/home/preview?at=soon").status_code == 200
