"""What a process remembers of the shop is never what it sells by, once the shop has changed."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db.models import F

from fairground.catalog.models import OptionValue, Price, Sku
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.queries import read_offers
from fairground.checkout.rules.placing import CountryNotServed, Placed, PriceChanged, UnknownSku, WrongCurrency
from fairground.checkout.rules.plans import OfferKey
from fairground.festivals.models import DealPrice
from fairground.kernel.edits import By
from fairground.kernel.models import Writer
from fairground.kernel.refusal import Refusal
from fairground.markets.models import Market, MarketRegion, TaxRate
from fairground.merchants.models import Merchant
from fairground.orders.models import Order, OrderLine
from fairground.settlement.actions.edit_terms import edit_terms
from fairground.settlement.rules.terms import SettlementTerms
from tests.factories import NOW, SkuMade, make_market, make_merchant, make_shopper, make_sku, place, place_request


@pytest.fixture
def chair(two_writers: None) -> SkuMade:
    make_market()
    return make_sku(merchant=make_merchant(lane=40), deal_price_minor=800, deal_units=50)


@pytest.fixture
def book(chair: SkuMade) -> OfferBook:
    """A book that sold the chair before, at its usual price and in its deal."""
    known = OfferBook()
    for line in (chair.line(), chair.deal_line()):
        (outcome,) = place([place_request(line, shopper_id=make_shopper())], book=known)
        assert isinstance(outcome, Placed)
    return known


def raise_version(*, writer_id: int) -> None:
    Writer.objects.filter(id=writer_id).update(offers_version=F("offers_version") + 1)


CHANGES: dict[str, tuple[Callable[[SkuMade], object], Callable[[SkuMade], Refusal]]] = {
    "the price": (
        lambda chair: Price.objects.filter(sku_id=chair.id).update(price_minor=1_100),
        lambda chair: PriceChanged(sku_id=chair.id, seen_minor=1_000, price_minor=1_100),
    ),
    "the SKU is taken off sale": (
        lambda chair: Sku.objects.filter(id=chair.id).update(on_sale=False),
        lambda chair: UnknownSku(sku_id=chair.id, market="EU"),
    ),
    "the market's currency": (
        lambda chair: Market.objects.update(currency="CHF"),
        lambda chair: WrongCurrency(asked="EUR", currency="CHF"),
    ),
    "the market's countries": (
        lambda chair: MarketRegion.objects.filter(country="DE").delete(),
        lambda chair: CountryNotServed(country="DE", market="EU"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_raises_the_version_is_sold_by_at_once(name: str, chair: SkuMade, book: OfferBook) -> None:
    change, refusal = CHANGES[name]
    change(chair)
    raise_version(writer_id=1)

    outcomes = place([place_request(chair.line(), shopper_id=make_shopper())], book=book)

    assert outcomes == [refusal(chair)]


def test_a_deals_price_change_is_sold_by_at_once(chair: SkuMade, book: OfferBook) -> None:
    DealPrice.objects.update(price_minor=750)
    raise_version(writer_id=1)

    outcomes = place([place_request(chair.deal_line(), shopper_id=make_shopper())], book=book)

    assert outcomes == [PriceChanged(sku_id=chair.id, seen_minor=800, price_minor=750)]


def test_what_an_order_freezes_is_what_holds_when_it_is_placed(chair: SkuMade, book: OfferBook) -> None:
    Merchant.objects.update(commission_bps=900)
    TaxRate.objects.filter(region="DE").update(rate_bps=1_600)
    Price.objects.update(version=7)
    raise_version(writer_id=1)

    place([place_request(chair.line(), shopper_id=make_shopper())], book=book)

    line = OrderLine.objects.latest("order_id")
    assert (line.tax_rate_bps, line.tax_minor, line.price_version, line.commission_bps) == (1_600, 138, 7, 900)


def test_an_order_freezes_the_share_that_its_creator_is_promised_when_it_is_placed(
    chair: SkuMade, book: OfferBook
) -> None:
    by = By(user_id=None, now=NOW)
    for creator_bps, creator_id in ((300, 7), (300, None), (400, 7)):
        edit_terms(merchant_id=chair.merchant.id, terms=SettlementTerms(creator_bps=creator_bps), by=by)
        place([place_request(chair.line(), shopper_id=make_shopper(), creator_id=creator_id)], book=book)

    promised = Order.objects.filter(merchant_id=chair.merchant.id).order_by("id")
    assert list(promised.values_list("creator_id", "creator_bps"))[-3:] == [(7, 300), (None, 0), (7, 400)]


def test_terms_that_promise_creators_nothing_else_leave_offers_as_they_are(chair: SkuMade) -> None:
    before = dict(Writer.objects.values_list("id", "offers_version"))

    edit_terms(merchant_id=chair.merchant.id, terms=SettlementTerms(held=True, held_because="x"), by=By(None, NOW))

    assert dict(Writer.objects.values_list("id", "offers_version")) == before


def test_the_version_of_another_writers_lanes_changes_nothing_here(chair: SkuMade, book: OfferBook) -> None:
    raise_version(writer_id=0)

    outcomes = place([place_request(chair.line(), shopper_id=make_shopper())], book=book)

    assert isinstance(outcomes[0], Placed)


def test_a_change_at_each_writer_is_seen_at_each(chair: SkuMade, book: OfferBook) -> None:
    lamp = make_sku(merchant=make_merchant(lane=2), price_minor=300)
    place([place_request(lamp.line(), shopper_id=make_shopper())], book=book)
    Price.objects.update(price_minor=F("price_minor") + 1)
    raise_version(writer_id=0)
    raise_version(writer_id=1)

    outcomes = [
        *place([place_request(lamp.line(), shopper_id=make_shopper())], book=book),
        *place([place_request(chair.line(), shopper_id=make_shopper())], book=book),
    ]

    assert outcomes == [
        PriceChanged(sku_id=lamp.id, seen_minor=300, price_minor=301),
        PriceChanged(sku_id=chair.id, seen_minor=1_000, price_minor=1_001),
    ]


def test_a_sku_that_was_unknown_is_found_once_it_is_there(book: OfferBook, chair: SkuMade) -> None:
    Price.objects.filter(sku_id=chair.id).delete()
    raise_version(writer_id=1)
    unknown = place([place_request(chair.line(), shopper_id=make_shopper())], book=book)
    Price.objects.create(sku_id=chair.id, market_id="EU", price_minor=1_000, currency="EUR")
    raise_version(writer_id=1)

    outcomes = place([place_request(chair.line(), shopper_id=make_shopper())], book=book)

    assert unknown == [UnknownSku(sku_id=chair.id, market="EU")]
    assert isinstance(outcomes[0], Placed)


def test_all_deals_to_come_are_read_ahead_once_what_changes_has_come_to_rest(chair: SkuMade) -> None:
    book = OfferBook()
    lamp = make_sku(
        merchant=make_merchant(lane=40),
        deal_price_minor=800,
        opens_at=datetime(2100, 11, 11, tzinfo=UTC),
        closes_at=datetime(2100, 11, 12, tzinfo=UTC),
    )
    key = (lamp.id, lamp.deal_id, "EU")

    def look() -> tuple[bool, dict[OfferKey, int]]:
        return book.refresh(now=NOW), {key: offer.unit_price_minor for key, offer in book.offers.items()}

    first = look()
    DealPrice.objects.update(price_minor=750)
    raise_version(writer_id=1)
    changed = look()
    raise_version(writer_id=1)
    changing = look()
    at_rest = look()

    assert (first, changed, changing) == ((False, {key: 800}),) * 3
    assert at_rest == (False, {key: 750})


@pytest.mark.django_db
def test_a_title_names_its_variant_in_its_own_language() -> None:
    make_market()
    sku = make_sku(titles={"en": "Oak chair", "zh": "橡木椅", "vi": "Ghế sồi"})
    OptionValue.objects.create(code="moss", names={"en": "Moss", "zh": "苔绿"})
    Sku.objects.filter(id=sku.id).update(options={"size": "39-42", "colour": "moss"})

    (offer,) = read_offers([(sku.id, None, "EU")]).values()

    assert {language: title.decode() for language, title in offer.titles.items()} == {
        "en": "Oak chair (Moss, 39-42)",
        "zh": "橡木椅 (苔绿, 39-42)",
        "vi": "Ghế sồi (Moss, 39-42)",
    }
