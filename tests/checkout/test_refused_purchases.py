"""Every reason why a purchase is not placed: its exact facts, and nothing changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from fairground.catalog.models import Sku
from fairground.checkout.rules.placing import (
    BuyerLimitReached,
    CountryNotServed,
    DealClosed,
    DealNotOpen,
    PlaceRequest,
    PriceChanged,
    ShopperNotVerified,
    SoldOut,
    UnknownDeal,
    UnknownMarket,
    UnknownSku,
    WrongCurrency,
)
from fairground.inventory.models import Stock
from fairground.kernel.refusal import Refusal
from tests.books import hot_rows
from tests.factories import (
    NOW,
    NOW_MS,
    MerchantMade,
    SkuMade,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    next_id,
    place,
    place_one,
    place_request,
)

pytestmark = pytest.mark.usefixtures("lone_writer")

CLOSES_AT = NOW + timedelta(hours=1)
CLOSES_AT_MS = NOW_MS + 3_600_000


@dataclass(frozen=True, slots=True)
class Shop:
    """A chair with 5 units at 1000, of which a deal has 3 more at 800, at most 2 a buyer; and who wants it."""

    chair: SkuMade
    lamp: SkuMade
    shopper_id: int


@pytest.fixture
def shop() -> Shop:
    make_market()
    merchant = make_merchant(lane=3)
    return Shop(
        chair=make_sku(
            merchant=merchant,
            units=5,
            deal_price_minor=800,
            deal_units=3,
            buyer_limit=2,
            closes_at=CLOSES_AT,
        ),
        lamp=make_sku(merchant=merchant, units=2, price_minor=50),
        shopper_id=make_shopper(),
    )


Case = tuple[Callable[[Shop], PlaceRequest], Callable[[Shop], Refusal]]
CASES: dict[str, Case] = {
    "a market that there is not": (
        lambda s: place_request(s.chair.line(), shopper_id=s.shopper_id, market="XX"),
        lambda s: UnknownMarket(market="XX"),
    ),
    "another currency than the market's": (
        lambda s: place_request(s.chair.line(), shopper_id=s.shopper_id, currency="USD"),
        lambda s: WrongCurrency(asked="USD", currency="EUR"),
    ),
    "a country to which the market does not send": (
        lambda s: place_request(s.chair.line(), shopper_id=s.shopper_id, country="US"),
        lambda s: CountryNotServed(country="US", market="EU"),
    ),
    "a SKU that there is not": (
        lambda s: place_request(replace_sku(s.chair, id=12345).line(), shopper_id=s.shopper_id),
        lambda s: UnknownSku(sku_id=12345, market="EU"),
    ),
    "a deal that there is not": (
        lambda s: place_request(replace_sku(s.chair, deal_id=777).deal_line(), shopper_id=s.shopper_id),
        lambda s: UnknownDeal(deal_id=777, sku_id=s.chair.id),
    ),
    "a deal on another SKU": (
        lambda s: place_request(replace_sku(s.chair, id=s.lamp.id).deal_line(), shopper_id=s.shopper_id),
        lambda s: UnknownDeal(deal_id=s.chair.deal_id, sku_id=s.lamp.id),
    ),
    "a price that is no longer the price": (
        lambda s: place_request(s.chair.line(price_minor=999), shopper_id=s.shopper_id),
        lambda s: PriceChanged(sku_id=s.chair.id, seen_minor=999, price_minor=1000),
    ),
    "the deal's price without naming the deal": (
        lambda s: place_request(s.chair.line(price_minor=800), shopper_id=s.shopper_id),
        lambda s: PriceChanged(sku_id=s.chair.id, seen_minor=800, price_minor=1000),
    ),
    "a deal a millisecond before it opens": (
        lambda s: place_request(s.chair.deal_line(), shopper_id=s.shopper_id, arrived_at_ms=NOW_MS - 1),
        lambda s: DealNotOpen(deal_id=s.chair.deal_id, opens_at_ms=NOW_MS),
    ),
    "a deal in the millisecond it closes": (
        lambda s: place_request(s.chair.deal_line(), shopper_id=s.shopper_id, arrived_at_ms=CLOSES_AT_MS),
        lambda s: DealClosed(deal_id=s.chair.deal_id, closed_at_ms=CLOSES_AT_MS),
    ),
    "a limited deal and a shopper who is not verified": (
        lambda s: place_request(s.chair.deal_line(), shopper_id=s.shopper_id, verified=False),
        lambda s: ShopperNotVerified(deal_id=s.chair.deal_id),
    ),
    "more of a deal than one buyer may": (
        lambda s: place_request(s.chair.deal_line(3), shopper_id=s.shopper_id),
        lambda s: BuyerLimitReached(deal_id=s.chair.deal_id, limit=2, had=0, asked=3),
    ),
    "more units than there are": (
        lambda s: place_request(s.chair.line(6), shopper_id=s.shopper_id),
        lambda s: SoldOut(sku_id=s.chair.id, asked=6, left=5),
    ),
    "a deal on a SKU that there is not": (
        lambda s: place_request(replace_sku(s.chair, id=12345).deal_line(), shopper_id=s.shopper_id),
        lambda s: UnknownDeal(deal_id=s.chair.deal_id, sku_id=12345),
    ),
    "one line of two that can't be had": (
        lambda s: place_request(s.chair.line(5), s.lamp.line(3), shopper_id=s.shopper_id),
        lambda s: SoldOut(sku_id=s.lamp.id, asked=3, left=2),
    ),
}


def replace_sku(sku: SkuMade, **changes: int) -> SkuMade:
    return replace(sku, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_its_facts_and_nothing_changes(name: str, shop: Shop) -> None:
    request, refusal = CASES[name]
    before = hot_rows()

    outcomes = place([request(shop)])

    assert outcomes == [refusal(shop)]
    assert hot_rows() == before


@pytest.mark.parametrize("arrived_at_ms", [NOW_MS, CLOSES_AT_MS - 1])
def test_a_deal_is_open_from_its_first_millisecond_to_its_last_by_the_time_of_arrival(
    arrived_at_ms: int, shop: Shop
) -> None:
    placed = place_one(
        place_request(shop.chair.deal_line(), shopper_id=shop.shopper_id, arrived_at_ms=arrived_at_ms),
        now_ms=CLOSES_AT_MS + 5_000,
    )

    assert placed.total_minor == 800


def test_a_buyer_limit_counts_what_the_shopper_has_from_before(shop: Shop) -> None:
    place_one(place_request(shop.chair.deal_line(), shopper_id=shop.shopper_id))
    before = hot_rows()

    outcomes = place([place_request(shop.chair.deal_line(2), shopper_id=shop.shopper_id)])

    assert outcomes == [BuyerLimitReached(deal_id=shop.chair.deal_id, limit=2, had=1, asked=2)]
    assert hot_rows() == before


def test_a_deals_units_are_not_the_usual_ones_and_the_other_way_round(shop: Shop) -> None:
    someone, other = make_shopper(), make_shopper()
    place([place_request(shop.chair.deal_line(2), shopper_id=someone)])
    place([place_request(shop.chair.line(5), shopper_id=someone)])
    before = hot_rows()

    outcomes = place(
        [
            place_request(shop.chair.deal_line(2), shopper_id=other),
            place_request(shop.chair.line(), shopper_id=other),
        ]
    )

    assert outcomes == [
        SoldOut(sku_id=shop.chair.id, asked=2, left=1),
        SoldOut(sku_id=shop.chair.id, asked=1, left=0),
    ]
    assert hot_rows() == before


def test_a_sku_taken_off_sale_is_unknown(shop: Shop) -> None:
    Sku.objects.filter(id=shop.chair.id).update(on_sale=False)

    outcomes = place([place_request(shop.chair.line(), shopper_id=shop.shopper_id)])

    assert outcomes == [UnknownSku(sku_id=shop.chair.id, market="EU")]


def test_a_sku_without_a_price_in_the_market_is_unknown_there(shop: Shop) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1000})

    outcomes = place(
        [
            place_request(
                shop.chair.line(), shopper_id=shop.shopper_id, market="JP", currency="JPY", country="JP", region="JP"
            )
        ]
    )

    assert outcomes == [UnknownSku(sku_id=shop.chair.id, market="JP")]


def test_a_purchase_is_not_put_together_from_two_places_and_says_what_the_fuller_one_has(shop: Shop) -> None:
    second_place(shop.chair.merchant, shop.chair, units=4)
    before = hot_rows()

    outcomes = place([place_request(shop.chair.line(6), shopper_id=shop.shopper_id)])

    assert outcomes == [SoldOut(sku_id=shop.chair.id, asked=6, left=5)]
    assert hot_rows() == before


def test_the_second_place_sells_when_the_first_has_too_few(shop: Shop) -> None:
    second_id = second_place(shop.chair.merchant, shop.chair, units=4)
    place_one(place_request(shop.chair.line(4), shopper_id=shop.shopper_id))

    place_one(place_request(shop.chair.line(3), shopper_id=shop.shopper_id))

    assert list(
        Stock.objects.filter(id__in=[shop.chair.stock_id, second_id]).order_by("id").values_list("reserved")
    ) == [
        (4,),
        (3,),
    ]


def second_place(merchant: MerchantMade, sku: SkuMade, *, units: int) -> int:
    other = make_merchant(lane=merchant.lane)
    stock_id = next_id(lane=merchant.lane)
    Stock.objects.create(lane=merchant.lane, id=stock_id, sku_id=sku.id, place_id=other.place_id, units=units)
    return stock_id
