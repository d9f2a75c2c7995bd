"""One shopper, many tabs: real threads, real commits."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.carts.actions import CartFull, merge_carts, note_prices, put_in_cart, save_wish
from fairground.carts.models import CartEntry, Wish
from fairground.catalog.rules import LINES_MAX
from fairground.kernel.money import Money
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


def test_a_merge_writes_rows_by_sku_whatever_was_put_in_first() -> None:
    guest, user, merchant = make_shopper(), make_shopper(), make_merchant()
    skus = [make_sku(merchant=merchant).id for _ in range(3)]
    for number, sku_id in enumerate(reversed(skus)):
        moment = NOW + timedelta(minutes=number)
        put_in_cart(shopper_id=guest, sku_id=sku_id, quantity=1, seen_minor=None, currency="EUR", now=moment)
        save_wish(shopper_id=guest, sku_id=sku_id, seen_minor=None, currency="EUR", now=moment)
    with CaptureQueriesContext(connection) as seen:
        merge_carts(source_id=guest, target_id=user)

    written = [one["sql"] for one in seen if one["sql"].startswith("INSERT")]
    named = [[int(id_) for id_ in re.findall(r"\d{10,}", sql)] for sql in written]
    assert [[one for one in ids if one in skus] for ids in named] == [skus, skus]
    assert (CartEntry.objects.count(), Wish.objects.count()) == (3, 3)


def test_prices_noted_while_a_cart_is_merged_and_in_any_order_wait_for_nobody_who_waits_for_them() -> None:
    guest, user, merchant = make_shopper(), make_shopper(), make_merchant()
    skus = [make_sku(merchant=merchant).id for _ in range(20)]
    for sku_id in skus:
        put(user, sku_id)
    for sku_id in reversed(skus):
        put(guest, sku_id)

    def note(order: list[int], first_minor: int) -> None:
        for number in range(20):
            note_prices(shopper_id=user, prices={sku_id: Money(first_minor + number, "EUR") for sku_id in order})

    at_once(
        [
            lambda: note(skus, 100),
            lambda: note(skus[::-1], 500),
            lambda: merge_carts(source_id=guest, target_id=user),
        ]
    )

    assert set(CartEntry.objects.values_list("shopper_id", "quantity")) == {(user, 2)}
