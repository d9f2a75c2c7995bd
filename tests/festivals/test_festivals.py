"""Festivals, their pinned rates, halls and deals."""

from datetime import timedelta

import pytest
from django.db import transaction

from fairground.catalog.imports.opening import packaged_sample
from fairground.catalog.models import Sku
from fairground.festivals.actions import FestivalExists, NoSuchFestival, create_festival
from fairground.festivals.demo import demo_festival
from fairground.festivals.models import Deal, DealPrice, Festival, FestivalRate, Hall
from fairground.festivals.rules import DealDeclaration
from fairground.inventory.imported_deals import declare_deals
from fairground.inventory.imports import import_catalogue
from fairground.kernel.writer import take_turn
from fairground.markets.queries import reference_rates
from tests.catalogue_making import (
    CLOSES_AT,
    NOW_MS,
    OPENS_AT,
    ListCatalogue,
    make_festival,
    make_product,
    make_shop,
    offers_version,
)

pytestmark = pytest.mark.django_db

EARLIER = OPENS_AT - timedelta(days=1)


def declare(*declarations: DealDeclaration, festival: str = "fair") -> int:
    with transaction.atomic():
        turn = take_turn(writer_ids=[0], now_ms=NOW_MS, ids_max=10, outbox_rows=0)
        return declare_deals(turn=turn, festival=festival, declarations=declarations, now=EARLIER).deals


def make_declaration(*, percent_off: int = 30, units: int = 40, hall: str = "home") -> DealDeclaration:
    sku = Sku.objects.get()
    return DealDeclaration(sku.id, sku.lane, hall, percent_off=percent_off, units=units, buyer_limit=2)


def test_a_festival_pins_the_rate_of_every_markets_currency() -> None:
    make_shop()
    make_festival()
    rates = FestivalRate.objects.filter(festival="fair")
    assert " ".join(sorted(rates.values_list("currency", flat=True))) == (
        "AUD BRL CNY DKK EUR GBP INR JPY KRW NOK SEK USD VND"
    )
    dollar, euro = rates.get(currency="USD"), rates.get(currency="EUR")
    assert (dollar.numerator, dollar.denominator) == (100, 117)
    assert (euro.numerator, euro.denominator) == (1, 1)
    assert dollar.quoted_at == reference_rates().quoted_at


def test_a_festivals_slug_is_taken_once() -> None:
    make_shop()
    make_festival()
    with pytest.raises(FestivalExists):
        make_festival()
    assert (Festival.objects.count(), Hall.objects.count()) == (1, 1)


def test_the_demos_festival_has_a_hall_for_every_top_category_in_six_languages() -> None:
    make_shop()
    record = demo_festival(categories=packaged_sample().names().categories)
    slug = create_festival(record=record, opens_at=OPENS_AT, closes_at=CLOSES_AT, rates=reference_rates())
    festival = Festival.objects.get(slug=slug)
    assert festival.name.keys() == {"en", "es", "zh", "vi", "ru", "ar"}
    assert (festival.currency, festival.opens_at, festival.closes_at) == ("EUR", OPENS_AT, CLOSES_AT)
    assert sorted(festival.halls.values_list("slug", flat=True)) == [
        *("beauty", "books", "electronics", "fashion", "food", "home"),
        *("music", "pets", "sports", "stationery", "toys"),
    ]


def test_a_deal_is_priced_in_every_market_below_the_prior_price() -> None:
    make_shop()
    make_festival()
    import_catalogue(source=ListCatalogue([make_product(price_minor=12_900)]), now_ms=NOW_MS)
    before = offers_version()
    assert declare(make_declaration()) == 1
    assert dict(DealPrice.objects.values_list("market_id", "price_minor")) == {
        "AU": 14_990,
        "BR": 53_290,
        "CN": 72_000,
        "DK": 66_900,
        "EU": 8_999,
        "GB": 7_799,
        "IN": 984_900,
        "JP": 16_900,
        "KR": 157_000,
        "NO": 99_900,
        "SE": 98_900,
        "US": 10_590,
        "VN": 2_770_000,
        "WW": 10_590,
    }
    deal = Deal.objects.get()
    assert (deal.units, deal.buyer_limit, deal.opens_at, deal.closes_at) == (40, 2, OPENS_AT, CLOSES_AT)
    assert deal.hall is not None
    assert deal.hall.slug == "home"
    assert offers_version() == before + 1


def test_a_deal_that_is_declared_stays_as_it_is() -> None:
    make_shop()
    make_festival()
    import_catalogue(source=ListCatalogue([make_product()]), now_ms=NOW_MS)
    declare(make_declaration(units=40))
    before = offers_version()
    assert declare(make_declaration(units=50, percent_off=60)) == 0
    assert Deal.objects.get().units == 40
    assert DealPrice.objects.get(market_id="EU").price_minor == 8_999
    assert offers_version() == before


def test_a_deal_of_an_unknown_hall_stands_in_none() -> None:
    make_shop()
    make_festival()
    import_catalogue(source=ListCatalogue([make_product()]), now_ms=NOW_MS)
    declare(make_declaration(hall="attic"))
    assert Deal.objects.get().hall is None


def test_a_deal_of_an_unknown_festival_is_refused() -> None:
    make_shop()
    import_catalogue(source=ListCatalogue([make_product()]), now_ms=NOW_MS)
    with pytest.raises(NoSuchFestival):
        declare(make_declaration(), festival="nowhere")
    assert Deal.objects.count() == 0
