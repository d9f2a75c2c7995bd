"""Reads of the catalogue for those outside: pages of all products, and the names of categories."""

import pytest

from fairground.catalog.models import Category, Product, Sku
from fairground.catalog.queries import category_names_in, product_count, product_page_starts, products_on_sale
from tests.factories import make_market, make_sku

pytestmark = pytest.mark.django_db


def test_pages_of_products_follow_each_other_by_id_and_leave_none_out() -> None:
    make_market()
    for _ in range(5):
        make_sku()
    ids = list(Product.objects.order_by("id").values_list("id", flat=True))

    assert product_count() == 5
    assert product_page_starts(page_max=2) == ids[::2]
    assert product_page_starts(page_max=5) == product_page_starts(page_max=6) == ids[:1]
    assert products_on_sale(first_id=ids[2], page_max=2) == ids[2:4]


def test_without_products_there_is_no_page() -> None:
    assert product_page_starts(page_max=10) == []
    assert products_on_sale(first_id=0, page_max=10) == []


def test_a_page_lists_what_is_on_sale_of_its_products_and_nothing_of_the_next() -> None:
    make_market()
    first, _second, _third = (make_sku() for _ in range(3))
    Sku.objects.filter(id=first.id).update(on_sale=False)
    ids = list(Product.objects.order_by("id").values_list("id", flat=True))

    assert products_on_sale(first_id=ids[0], page_max=2) == ids[1:2]


def test_a_category_is_named_in_the_language_else_in_english_else_by_its_code() -> None:
    Category.objects.create(code="home", names={"en": "Home", "es": "Hogar"})
    Category.objects.create(code="toys", names={"en": "Toys"})
    Category.objects.create(code="x", names={})

    assert category_names_in(language="es") == {"home": "Hogar", "toys": "Toys", "x": "x"}
