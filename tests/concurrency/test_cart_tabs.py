"""One shopper, many tabs: real threads, real commits."""

import pytest

from fairground.carts.actions import CartFull, merge_carts, put_in_cart
from fairground.carts.models import CartEntry
from fairground.catalog.rules import LINES_MAX
from tests.concurrency.racing import at_once
from tests.factories import NOW, make_market, make_merchant, make_shopper, make_sku

TABS = 8


@pytest.fixture(autouse=True)
def _market(transactional_db: None) -> None:
    make_market()


def put(shopper_id: int, sku_id: int) -> bool:
    """Put one unit in, and return whether there was room."""
    try:
        put_in_cart(shopper_id=shopper_id, sku_id=sku_id, quantity=1, seen_minor=1_000, currency="EUR", now=NOW)
    except CartFull:
        return False
    return True


def test_what_two_tabs_add_at_once_both_counts() -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id

    put_in = at_once([lambda: [put(shopper_id, sku_id) for _ in range(5)]] * TABS)

    assert put_in == [[True] * 5] * TABS
    assert list(CartEntry.objects.values_list("sku_id", "quantity")) == [(sku_id, 5 * TABS)]


def test_tabs_that_add_at_once_fill_the_cart_to_its_bound_and_no_further() -> None:
    shopper_id, merchant = make_shopper(), make_merchant()
    skus = [make_sku(merchant=merchant).id for _ in range(LINES_MAX + TABS)]
    shares = [skus[tab::TABS] for tab in range(TABS)]

    put_in = at_once([lambda share=share: [put(shopper_id, sku_id) for sku_id in share] for share in shares])  # type: ignore[misc]

    assert sum(map(sum, put_in)) == LINES_MAX
    assert CartEntry.objects.count() == LINES_MAX


def test_a_guests_cart_that_is_merged_twice_at_once_counts_once() -> None:
    guest, user, sku_id = make_shopper(), make_shopper(), make_sku().id
    put(guest, sku_id)
    put(user, sku_id)

    at_once([lambda: merge_carts(source_id=guest, target_id=user)] * 2)

    assert list(CartEntry.objects.values_list("shopper_id", "quantity")) == [(user, 2)]
