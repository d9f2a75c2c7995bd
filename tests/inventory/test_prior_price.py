"""The price before a reduction: the lowest of the thirty days before it (Directive 98/6/EC, Art. 6a)."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.catalog.models import FormerPrice, Price
from fairground.festivals.models import Deal, DealPrice
from tests.factories import NOW, SkuMade, make_festival, make_market, make_sku

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lone_writer")]
DAY = timedelta(days=1)


def _prior(sku: SkuMade, reduced_at: datetime = NOW) -> int:
    usual = Price.objects.get(sku_id=sku.id).price_minor
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prior_minor FROM inventory_prior_price(%s, %s, %s, %s, %s)",
            [sku.id, sku.market, usual, sku.deal_id, reduced_at],
        )
        return int(cursor.fetchone()[0])


def _had(sku: SkuMade, price_minor: int, *, since: datetime, until: datetime) -> None:
    FormerPrice.objects.create(
        sku_id=sku.id, market_id=sku.market, price_minor=price_minor, currency="EUR", since_at=since, until_at=until
    )


@pytest.fixture
def sku() -> SkuMade:
    make_market()
    return make_sku(price_minor=10_000, deal_price_minor=9_000)


def test_a_price_that_never_changed_is_the_prior_one(sku: SkuMade) -> None:
    assert _prior(sku) == 10_000


def test_eighty_then_a_hundred_then_ninety_gives_eighty(sku: SkuMade) -> None:
    _had(sku, 8_000, since=NOW - 300 * DAY, until=NOW - 5 * DAY)
    assert _prior(sku) == 8_000


@pytest.mark.parametrize(("days_ago", "prior"), [(29, 8_000), (30, 10_000), (31, 10_000)])
def test_what_ended_thirty_days_before_no_longer_counts(sku: SkuMade, days_ago: int, prior: int) -> None:
    _had(sku, 8_000, since=NOW - 300 * DAY, until=NOW - days_ago * DAY)
    assert _prior(sku) == prior


def test_a_price_raised_after_the_opening_is_not_prior(sku: SkuMade) -> None:
    _had(sku, 9_500, since=NOW - 300 * DAY, until=NOW + DAY)
    assert _prior(sku) == 9_500


def test_a_price_lowered_after_the_opening_is_not_prior(sku: SkuMade) -> None:
    _had(sku, 12_000, since=NOW - 300 * DAY, until=NOW + DAY)
    assert _prior(sku) == 12_000


def test_the_price_of_an_earlier_deal_counts(sku: SkuMade) -> None:
    assert sku.deal_id is not None
    deal = Deal.objects.get(id=sku.deal_id)
    earlier = Deal.objects.create(
        id=deal.id + 1,
        lane=deal.lane,
        festival_id=make_festival(slug="spring"),
        sku_id=sku.id,
        units=5,
        opens_at=NOW - 20 * DAY,
        closes_at=NOW - 19 * DAY,
    )
    DealPrice.objects.create(deal=earlier, market_id=sku.market, price_minor=7_500, currency="EUR")

    assert _prior(sku) == 7_500


def test_the_database_keeps_what_a_price_was_and_only_where_it_changed(sku: SkuMade) -> None:
    Price.objects.filter(sku_id=sku.id).update(version=2)
    assert not FormerPrice.objects.exists()

    Price.objects.filter(sku_id=sku.id).update(price_minor=11_000)

    kept = FormerPrice.objects.values_list("sku_id", "market_id", "price_minor", "currency")
    assert list(kept) == [(sku.id, "EU", 10_000, "EUR")]


def test_without_its_trigger_the_database_would_forget(sku: SkuMade) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE catalog_price DISABLE TRIGGER keep_former_price")

    Price.objects.filter(sku_id=sku.id).update(price_minor=11_000)

    assert not FormerPrice.objects.exists()
    assert _prior(sku) == 11_000


def test_a_period_that_runs_backwards_is_refused(sku: SkuMade) -> None:
    with pytest.raises(IntegrityError, match="formerprice_period_forward"), transaction.atomic():
        _had(sku, 1, since=NOW, until=NOW)
