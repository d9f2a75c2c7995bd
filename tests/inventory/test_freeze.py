"""Freezing deals: their units move into stock rows of their own."""

import pytest

from fairground.catalog.rules import DealTerms
from fairground.festivals.models import Deal
from fairground.inventory.actions import StockShortForDeals, freeze_deals
from fairground.inventory.imports import import_catalogue
from fairground.inventory.models import Stock
from fairground.inventory.rules import FrozenDeals
from fairground.kernel.ids import lane_of
from tests.catalogue_making import NOW_MS, ListCatalogue, make_festival, make_product, make_shop, offers_version

pytestmark = pytest.mark.django_db


def make_deals(*, count: int, units: int = 40, stock_units: int = 100) -> str:
    make_shop()
    festival = make_festival()
    deal = DealTerms(percent_off=30, units=units, buyer_limit=2)
    products = [
        make_product(external_id=f"chair-{number}", stock_units=stock_units, deal=deal) for number in range(count)
    ]
    import_catalogue(source=ListCatalogue(products), now_ms=NOW_MS, festival=festival)
    return festival


def all_stock() -> set[tuple[object, ...]]:
    return set(Stock.objects.values_list("sku_id", "deal_id", "units", "reserved", "sold"))


def test_a_deals_units_move_exactly_into_its_own_row() -> None:
    festival = make_deals(count=1)
    before = offers_version()
    assert freeze_deals(festival=festival, now_ms=NOW_MS) == FrozenDeals(deals=1, units=40)
    deal = Deal.objects.get()
    assert all_stock() == {(deal.sku_id, None, 60, 0, 0), (deal.sku_id, deal.id, 40, 0, 0)}
    own = Stock.objects.get(deal_id=deal.id)
    assert own.lane == deal.lane == lane_of(own.id)
    assert own.place_id == Stock.objects.get(deal_id=None).place_id
    assert offers_version() == before + 1


def test_freezing_again_moves_nothing() -> None:
    festival = make_deals(count=1)
    freeze_deals(festival=festival, now_ms=NOW_MS)
    before = all_stock()
    assert freeze_deals(festival=festival, now_ms=NOW_MS) == FrozenDeals(deals=0, units=0)
    assert all_stock() == before


def test_units_that_are_reserved_or_sold_are_not_free_for_a_deal() -> None:
    festival = make_deals(count=1)
    Stock.objects.update(reserved=30, sold=30)
    freeze_deals(festival=festival, now_ms=NOW_MS)
    deal = Deal.objects.get()
    assert all_stock() == {(deal.sku_id, None, 60, 30, 30), (deal.sku_id, deal.id, 40, 0, 0)}


def test_one_deal_short_of_stock_refuses_the_freeze_and_nothing_moves() -> None:
    festival = make_deals(count=3)
    short = Deal.objects.order_by("id")[1]
    Stock.objects.filter(sku_id=short.sku_id).update(reserved=61)
    before, version = all_stock(), offers_version()
    with pytest.raises(StockShortForDeals) as refused:
        freeze_deals(festival=festival, now_ms=NOW_MS)
    assert refused.value.facts == {"deals": ((short.id, short.sku_id, 40, 39),)}
    assert all_stock() == before
    assert offers_version() == version


def test_a_deal_short_of_stock_may_be_left_and_the_others_are_frozen() -> None:
    festival = make_deals(count=3)
    short = Deal.objects.order_by("id")[0]
    Stock.objects.filter(sku_id=short.sku_id).update(reserved=61)

    frozen = freeze_deals(festival=festival, now_ms=NOW_MS, leave_short=True)

    assert frozen == FrozenDeals(deals=2, units=80)
    assert Stock.objects.filter(deal_id__isnull=False).exclude(deal_id=short.id).count() == 2
    assert Stock.objects.get(sku_id=short.sku_id).units == 100


def test_a_deal_without_any_stock_refuses_the_freeze() -> None:
    festival = make_deals(count=1)
    Stock.objects.all().delete()
    with pytest.raises(StockShortForDeals):
        freeze_deals(festival=festival, now_ms=NOW_MS)
    assert Stock.objects.count() == 0


def test_more_deals_than_a_chunk_holds_are_all_frozen() -> None:
    festival = make_deals(count=501)
    assert freeze_deals(festival=festival, now_ms=NOW_MS) == FrozenDeals(deals=501, units=20_040)
    assert Stock.objects.filter(deal_id=None, units=60).count() == 501
    assert Stock.objects.filter(deal_id__isnull=False, units=40).count() == 501


def test_units_are_taken_where_most_are_free() -> None:
    festival = make_deals(count=1)
    first = Stock.objects.get()
    Stock.objects.create(lane=first.lane, id=1, sku_id=first.sku_id, place_id=1, units=101)
    freeze_deals(festival=festival, now_ms=NOW_MS)
    assert set(Stock.objects.filter(deal_id=None).values_list("place_id", "units")) == {
        (first.place_id, 100),
        (1, 61),
    }
    assert Stock.objects.get(deal_id__isnull=False).place_id == 1
