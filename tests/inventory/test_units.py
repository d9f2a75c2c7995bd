"""What an import does to stock when a source states units, or does not."""

import pytest

from fairground.inventory.models import Stock
from tests.catalogue_making import make_product, make_shop, run_import

pytestmark = pytest.mark.django_db


def test_stated_units_change_stock_by_the_difference() -> None:
    make_shop()
    run_import(make_product(stock_units=100))
    Stock.objects.update(reserved=10, sold=30)
    assert run_import(make_product(stock_units=120)).stock_rows_written == 1
    assert list(Stock.objects.values_list("units", "reserved", "sold")) == [(120, 10, 30)]


def test_units_that_are_reserved_or_sold_are_never_taken() -> None:
    make_shop()
    run_import(make_product(stock_units=100))
    Stock.objects.update(reserved=10, sold=30)
    run_import(make_product(stock_units=5))
    assert list(Stock.objects.values_list("units", "reserved", "sold")) == [(40, 10, 30)]


def test_units_in_a_deal_count_as_given() -> None:
    make_shop()
    run_import(make_product(stock_units=100))
    stock = Stock.objects.get()
    Stock.objects.update(units=70)
    Stock.objects.create(lane=stock.lane, id=1, sku_id=stock.sku_id, place_id=stock.place_id, deal_id=9, units=30)
    assert run_import(make_product(stock_units=100)).stock_rows_written == 0
    run_import(make_product(stock_units=110))
    assert set(Stock.objects.values_list("deal_id", "units")) == {(None, 80), (9, 30)}


def test_units_that_are_not_stated_start_a_sku_and_never_change_it() -> None:
    make_shop()
    run_import(make_product(stock_units=100, units_stated=False))
    run_import(make_product(stock_units=300, units_stated=False))
    assert Stock.objects.get().units == 100
