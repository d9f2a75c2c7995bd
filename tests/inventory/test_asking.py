"""What one unit costs at a moment, and the chunks in which feeds read everything."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Product, ProductText
from fairground.inventory.queries import feed_offers
from fairground.inventory.rules import Asking, DealRun, asking_price
from tests.factories import NOW, make_market, make_sku

CLOSES_AT = NOW + timedelta(days=1)
USUAL = Asking(1_000, None, None, in_stock=True)
NONE_LEFT = Asking(1_000, None, None, in_stock=False)


@pytest.mark.parametrize(
    ("price_minor", "after", "deal_units", "units", "asked"),
    [
        (900, timedelta(0), 1, 0, Asking(900, 1_000, CLOSES_AT, in_stock=True)),
        (900, timedelta(days=1, microseconds=-1), 1, 0, Asking(900, 1_000, CLOSES_AT, in_stock=True)),
        (1_000, timedelta(0), 1, 0, Asking(1_000, None, CLOSES_AT, in_stock=True)),
        (900, timedelta(microseconds=-1), 1, 5, USUAL),
        (900, timedelta(microseconds=-1), 1, 0, NONE_LEFT),
        (900, timedelta(days=1), 1, 5, USUAL),
        (900, timedelta(0), 0, 5, USUAL),
        (900, timedelta(0), 0, 0, NONE_LEFT),
    ],
    ids=["opens", "ends", "not below", "before", "before, none", "over", "gone", "all gone"],
)
def test_the_deals_price_is_asked_while_it_is_open_and_has_units(
    price_minor: int, after: timedelta, deal_units: int, units: int, asked: Asking
) -> None:
    deal = DealRun(price_minor, NOW, CLOSES_AT, deal_units)

    assert asking_price(usual_minor=1_000, units_left=units, deal=deal, now=NOW + after) == asked


def test_without_a_deal_the_prior_price_is_asked() -> None:
    assert asking_price(usual_minor=1_000, units_left=1, deal=None, now=NOW) == USUAL


@pytest.mark.django_db
def test_chunks_follow_each_other_by_product_in_one_statement_each() -> None:
    make_market()
    made = [make_sku(deal_price_minor=900) for _ in range(3)]
    ids = list(Product.objects.order_by("id").values_list("id", flat=True))
    ProductText.objects.filter(product_id=ids[0]).delete()
    read, after_id = [], 0

    with CaptureQueriesContext(connection) as seen:
        while chunk := feed_offers(
            market="EU", language="en", festival="fair", now=NOW, after_id=after_id, products_max=2
        ):
            read.append(chunk)
            after_id = chunk[-1].product_id

    assert len(seen) == 3
    assert [[one.product_id for one in chunk] for chunk in read] == [ids[:2], ids[2:]]
    first, second = read[0]
    assert (first.title, second.title) == (None, "Oak chair")
    assert second.sku_id in {one.id for one in made}
    assert second.deal == second.sale == DealRun(900, NOW, CLOSES_AT, 10)
    assert (second.usual_minor, second.currency, second.units_left, second.variants) == (1_000, "EUR", 100, 1)


@pytest.mark.django_db
def test_a_market_without_a_price_for_a_sku_still_tells_that_it_is_there() -> None:
    make_market()
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    make_sku()

    (offer,) = feed_offers(market="JP", language="en", festival=None, now=NOW, after_id=0, products_max=10)

    assert (offer.usual_minor, offer.currency, offer.deal, offer.variants) == (None, None, None, 0)
