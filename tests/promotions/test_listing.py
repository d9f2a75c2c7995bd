"""Which promotions touch which products of a listing, in one statement, the same as looking line by line."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Category, Product, Sku
from fairground.festivals.models import Deal, Hall
from fairground.promotions.queries import open_promotions, promotions_of_products
from fairground.promotions.rules.declaring import ScopeNames
from fairground.promotions.rules.listing import ListedProduct, promotions_touching
from fairground.promotions.rules.terms import DiscountStep, Scope, covers
from tests.factories import NOW, NOW_MS, make_festival, make_market, make_merchant, make_sku
from tests.promotion_making import book, make_promotion, promotion

HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_a_listing_is_told_its_promotions_in_one_statement(lone_writer: object) -> None:
    make_market()
    mine, other = make_merchant(), make_merchant()
    Category.objects.create(code="sports", names={})
    Category.objects.create(code="sports.cycling", parent_id="sports", names={})
    bicycle, lamp, chair = (
        make_sku(merchant=mine),
        make_sku(merchant=mine, deal_price_minor=700),
        make_sku(merchant=other),
    )
    Product.objects.filter(skus=bicycle.id).update(category_id="sports.cycling")
    hall = Hall.objects.create(festival_id=make_festival(), slug="light", name={})
    Deal.objects.filter(sku_id=lamp.id).update(hall=hall)
    own = make_promotion(step=DiscountStep.MERCHANT_DISCOUNT, merchant_id=mine.id, merchant_bps=10_000,
                         excludes_deals=True)  # fmt: skip
    sports = make_promotion(scope=ScopeNames(categories=("sports",)))
    lights = make_promotion(scope=ScopeNames(hall_ids=(hall.id,), sku_ids=(chair.id,)))
    everywhere = make_promotion()
    ids = [Sku.objects.get(id=one.id).product_id for one in (bicycle, lamp, chair)]
    market_book = open_promotions(markets=["EU"], from_at=NOW, to_at=NOW + HOUR)["EU"]

    with CaptureQueriesContext(connection) as queries:
        found = promotions_of_products(product_ids=ids, book=market_book, market="EU", now=NOW)

    assert len(queries) == 1
    assert found == {ids[0]: (own, sports, everywhere), ids[1]: (lights, everywhere), ids[2]: (lights, everywhere)}
    assert promotions_of_products(product_ids=ids, book=market_book, market="EU", now=NOW - HOUR) == {}


def test_a_hundred_promotions_over_twenty_thousand_products_are_those_of_line_by_line() -> None:
    promotions = [
        promotion(
            id=number,
            merchant_id=number % 7 if number % 3 == 0 else None,
            scope=[
                None,
                Scope(categories=frozenset({f"a.{number % 10}"})),
                Scope(hall_ids=frozenset({number % 5}), sku_ids=frozenset(range(number, 20_000, 997))),
            ][number % 3],
            excludes_deals=number % 2 == 0,
        )
        for number in range(100)
    ]
    products = [
        ListedProduct(
            id=number,
            merchant_id=number % 7,
            category=f"a.{number % 10}.{number % 3}" if number % 4 else None,
            sku_ids=(number, number + 50_000),
            deals={number: number % 5} if number % 6 == 0 else {},
        )
        for number in range(20_000)
    ]

    found = promotions_touching(products, book=book(*promotions), now_ms=NOW_MS)

    for product in products[::1_009]:
        lines = [product.line(sku_id) for sku_id in product.sku_ids]
        assert found.get(product.id, ()) == tuple(
            one.id for one in promotions if any(covers(one, line) for line in lines)
        )
