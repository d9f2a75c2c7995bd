"""What guests left is forgotten when they have not come back for long; what users keep stays."""

from datetime import datetime, timedelta

import pytest

from fairground.carts.actions import forget_guests_carts, put_in_cart, save_wish
from fairground.carts.models import CartEntry, Wish
from fairground.carts.tasks import forget_carts_of_guests
from fairground.identity.actions import forget_guests_addresses, save_address
from fairground.identity.models import SavedAddress, Shopper
from fairground.identity.rules import Address
from fairground.identity.tasks import forget_addresses_of_guests
from tests.factories import NOW, make_market, make_shopper, make_sku
from tests.people_making import make_user

LONG_AGO = NOW - timedelta(days=31)

pytestmark = pytest.mark.django_db


def leave(shopper_id: int, *, at: datetime) -> None:
    """Let a shopper leave something in the cart, on the wish list and in the address book."""
    sku_id = make_sku().id
    put_in_cart(shopper_id=shopper_id, sku_id=sku_id, quantity=1, seen_minor=None, currency="EUR", now=at)
    save_wish(shopper_id=shopper_id, sku_id=sku_id, seen_minor=None, currency="EUR", now=at)
    save_address(shopper_id=shopper_id, address=Address("Ada", "DE", (str(at),)), now=at)


def counts() -> list[dict[int, int]]:
    """Return how many rows each shopper has in the cart, on the wish list and in the address book."""
    found: list[dict[int, int]] = []
    for table in (CartEntry, Wish, SavedAddress):
        of: dict[int, int] = {}
        for shopper_id in table._default_manager.values_list("shopper_id", flat=True):
            of[shopper_id] = of.get(shopper_id, 0) + 1
        found.append(of)
    return found


def test_what_guests_left_long_ago_goes_in_batches_and_what_is_used_or_a_users_stays() -> None:
    make_market()
    gone, back, user, merged = (make_shopper() for _ in range(4))
    make_user(email="ana@example.org", shopper_id=user)
    Shopper.objects.filter(id=merged).update(merged_into_id=user)
    for shopper_id in (gone, gone, back, user, merged):
        leave(shopper_id, at=LONG_AGO)
    leave(back, at=NOW)
    CartEntry.objects.filter(shopper_id=merged).delete()
    Wish.objects.filter(shopper_id=merged).delete()
    before = NOW - timedelta(days=30)

    assert [forget_guests_carts(before=before, rows_max=1) for _ in range(3)] == [1, 1, 0]
    assert [forget_guests_addresses(before=before, addresses_max=1) for _ in range(2)] == [1, 0]
    assert counts() == [{back: 2, user: 1}, {back: 2, user: 1}, {back: 2, user: 1, merged: 1}]


def test_the_chores_begin_thirty_days_back() -> None:
    make_market()
    leave(make_shopper(), at=datetime(2020, 1, 1, tzinfo=NOW.tzinfo))

    assert (forget_carts_of_guests(), forget_addresses_of_guests()) == (False, False)
    assert counts() == [{}, {}, {}]
