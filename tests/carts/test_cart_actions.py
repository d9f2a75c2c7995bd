"""Putting into a cart, taking out, setting aside, wishing, merging, forgetting; and what is refused."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.carts.actions import (
    CartFull,
    NotOnSale,
    WishesFull,
    forget_carts,
    merge_carts,
    note_prices,
    put_back,
    put_in_cart,
    remove_from_cart,
    remove_wish,
    save_wish,
    set_aside,
    set_quantity,
)
from fairground.carts.models import CartEntry, Wish
from fairground.carts.rules import ASIDE_LINES_MAX, WISHES_MAX
from fairground.catalog.models import Sku
from fairground.catalog.rules import LINES_MAX, QUANTITY_MAX
from fairground.kernel.money import Money
from tests.factories import NOW, make_market, make_merchant, make_shopper, make_sku

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _market() -> None:
    make_market()


def put(sku_id: int, *, shopper_id: int, quantity: int = 1, seen_minor: int | None = 1_000) -> int:
    return put_in_cart(
        shopper_id=shopper_id, sku_id=sku_id, quantity=quantity, seen_minor=seen_minor, currency="EUR", now=NOW
    )


def wish(sku_id: int, *, shopper_id: int, seen_minor: int | None = 1_000) -> None:
    save_wish(shopper_id=shopper_id, sku_id=sku_id, seen_minor=seen_minor, currency="EUR", now=NOW)


def cart_of(shopper_id: int) -> dict[int, tuple[int, bool]]:
    """Return quantity and whether it is set aside, by SKU."""
    rows = CartEntry.objects.filter(shopper_id=shopper_id).values_list("sku_id", "quantity", "aside")
    return {sku_id: (quantity, aside) for sku_id, quantity, aside in rows}


def fill(shopper_id: int, *, lines: int, aside: bool = False) -> None:
    merchant = make_merchant()
    CartEntry.objects.bulk_create(
        CartEntry(shopper_id=shopper_id, sku_id=make_sku(merchant=merchant).id, quantity=1, aside=aside, put_at=NOW)
        for _ in range(lines)
    )


def test_what_is_put_in_twice_is_added_up_to_the_bound() -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id

    assert put(sku_id, shopper_id=shopper_id, quantity=2) == 2
    assert put(sku_id, shopper_id=shopper_id, quantity=3, seen_minor=900) == 5
    assert put(sku_id, shopper_id=shopper_id, quantity=QUANTITY_MAX) == QUANTITY_MAX
    assert cart_of(shopper_id) == {sku_id: (QUANTITY_MAX, False)}


def test_what_was_set_aside_comes_back_with_the_units_asked_for_now() -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id
    put(sku_id, shopper_id=shopper_id, quantity=7)
    set_aside(shopper_id=shopper_id, sku_id=sku_id, aside=True)

    put(sku_id, shopper_id=shopper_id, quantity=2)

    assert cart_of(shopper_id) == {sku_id: (2, False)}


def test_what_nobody_sells_is_not_put_anywhere() -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id
    Sku.objects.update(on_sale=False)

    for wrong in (sku_id, 404):
        with pytest.raises(NotOnSale) as refused:
            put(wrong, shopper_id=shopper_id)
        assert refused.value.facts == {"sku_id": wrong}
        with pytest.raises(NotOnSale):
            wish(wrong, shopper_id=shopper_id)

    assert (CartEntry.objects.count(), Wish.objects.count()) == (0, 0)


def test_a_full_cart_takes_more_of_what_is_in_it_and_nothing_else() -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id
    put(sku_id, shopper_id=shopper_id)
    fill(shopper_id, lines=LINES_MAX - 1)

    put(sku_id, shopper_id=shopper_id)
    with pytest.raises(CartFull) as refused:
        put(make_sku().id, shopper_id=shopper_id)

    assert refused.value.facts == {"lines_max": LINES_MAX}
    assert len(cart_of(shopper_id)) == LINES_MAX
    assert cart_of(shopper_id)[sku_id] == (2, False)


@pytest.mark.parametrize(("aside", "lines_max"), [(True, ASIDE_LINES_MAX), (False, LINES_MAX)])
def test_nothing_is_moved_to_where_there_is_no_room(aside: bool, lines_max: int) -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id
    CartEntry.objects.create(shopper_id=shopper_id, sku_id=sku_id, quantity=1, aside=not aside, put_at=NOW)
    fill(shopper_id, lines=lines_max, aside=aside)

    with pytest.raises(CartFull) as refused:
        set_aside(shopper_id=shopper_id, sku_id=sku_id, aside=aside)

    assert refused.value.facts == {"lines_max": lines_max}
    assert cart_of(shopper_id)[sku_id] == (1, not aside)


def test_a_quantity_is_written_for_a_line_that_is_there() -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id
    put(sku_id, shopper_id=shopper_id)

    assert set_quantity(shopper_id=shopper_id, sku_id=sku_id, quantity=4)
    assert not set_quantity(shopper_id=shopper_id, sku_id=404, quantity=4)
    assert cart_of(shopper_id) == {sku_id: (4, False)}


@pytest.mark.parametrize("quantity", [0, QUANTITY_MAX + 1])
def test_the_database_holds_a_quantity_within_its_bounds(quantity: int) -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id
    put(sku_id, shopper_id=shopper_id)

    with pytest.raises(IntegrityError, match="cartentry_quantity_in_range"), transaction.atomic():
        set_quantity(shopper_id=shopper_id, sku_id=sku_id, quantity=quantity)

    assert cart_of(shopper_id) == {sku_id: (1, False)}


@pytest.mark.parametrize("aside", [False, True])
def test_what_was_removed_can_be_put_back_as_it_was(aside: bool) -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id
    put(sku_id, shopper_id=shopper_id, quantity=3)
    set_aside(shopper_id=shopper_id, sku_id=sku_id, aside=aside)
    before = list(CartEntry.objects.values())

    (removed,) = remove_from_cart(shopper_id=shopper_id, sku_ids=[sku_id, 404])
    assert cart_of(shopper_id) == {}
    assert remove_from_cart(shopper_id=shopper_id, sku_ids=[sku_id]) == []
    put_back(shopper_id=shopper_id, line=removed)

    assert list(CartEntry.objects.values()) == before


def test_the_price_last_shown_is_remembered_for_what_is_in_the_cart() -> None:
    shopper_id, other = make_shopper(), make_shopper()
    chair, table = make_sku().id, make_sku().id
    put(chair, shopper_id=shopper_id)
    put(chair, shopper_id=other)

    note_prices(shopper_id=shopper_id, prices={chair: Money(700, "EUR"), table: Money(1, "EUR")})
    note_prices(shopper_id=shopper_id, prices={})

    rows = CartEntry.objects.order_by("shopper_id").values_list("shopper_id", "sku_id", "seen_minor", "seen_currency")
    assert list(rows) == [(shopper_id, chair, 700, "EUR"), (other, chair, 1_000, "EUR")]


def test_a_wish_keeps_the_price_at_which_it_was_first_saved() -> None:
    shopper_id, sku_id = make_shopper(), make_sku().id

    wish(sku_id, shopper_id=shopper_id)
    wish(sku_id, shopper_id=shopper_id, seen_minor=700)

    assert list(Wish.objects.values_list("sku_id", "seen_minor", "seen_currency")) == [(sku_id, 1_000, "EUR")]
    assert remove_wish(shopper_id=shopper_id, sku_id=sku_id)
    assert not remove_wish(shopper_id=shopper_id, sku_id=sku_id)


def test_a_wish_list_is_full_at_its_bound() -> None:
    shopper_id, merchant = make_shopper(), make_merchant()
    Wish.objects.bulk_create(
        Wish(shopper_id=shopper_id, sku_id=make_sku(merchant=merchant).id, put_at=NOW) for _ in range(WISHES_MAX)
    )

    with pytest.raises(WishesFull) as refused:
        wish(make_sku().id, shopper_id=shopper_id)

    assert refused.value.facts == {"wishes_max": WISHES_MAX}
    assert Wish.objects.count() == WISHES_MAX


def test_a_guests_cart_and_wishes_go_into_the_users_once() -> None:
    guest, user = make_shopper(), make_shopper()
    chair, table, lamp = (make_sku().id for _ in range(3))
    put(chair, shopper_id=user, quantity=2)
    put(chair, shopper_id=guest, quantity=3)
    put(table, shopper_id=guest)
    wish(chair, shopper_id=user)
    wish(chair, shopper_id=guest, seen_minor=700)
    wish(lamp, shopper_id=guest)

    for _ in range(2):
        merge_carts(source_id=guest, target_id=user)

    assert (cart_of(guest), cart_of(user)) == ({}, {chair: (5, False), table: (1, False)})
    wishes = Wish.objects.order_by("sku_id").values_list("shopper_id", "sku_id", "seen_minor")
    assert list(wishes) == [(user, chair, 1_000), (user, lamp, 1_000)]


def test_of_the_guests_wishes_the_newest_find_room() -> None:
    guest, user, merchant = make_shopper(), make_shopper(), make_merchant()
    Wish.objects.bulk_create(
        Wish(shopper_id=user, sku_id=make_sku(merchant=merchant).id, put_at=NOW) for _ in range(WISHES_MAX - 1)
    )
    old, new = make_sku().id, make_sku().id
    save_wish(shopper_id=guest, sku_id=new, seen_minor=None, currency="EUR", now=LATER)
    wish(old, shopper_id=guest)

    merge_carts(source_id=guest, target_id=user)

    assert Wish.objects.filter(shopper_id=user).count() == WISHES_MAX
    assert list(Wish.objects.filter(sku_id__in=[old, new]).values_list("sku_id", flat=True)) == [new]


def test_what_is_forgotten_is_gone_and_nobody_elses() -> None:
    gone, stays, sku_id = make_shopper(), make_shopper(), make_sku().id
    for shopper_id in (gone, stays):
        put(sku_id, shopper_id=shopper_id)
        wish(sku_id, shopper_id=shopper_id)

    forget_carts(shopper_ids=[gone])

    assert list(CartEntry.objects.values_list("shopper_id", flat=True)) == [stays]
    assert list(Wish.objects.values_list("shopper_id", flat=True)) == [stays]
