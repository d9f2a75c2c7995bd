"""The addresses that a shopper keeps."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.identity.actions import (
    ADDRESSES_MAX,
    AddressBookFull,
    NoSuchAddress,
    create_shoppers,
    delete_address,
    make_default,
    save_address,
)
from fairground.identity.models import SavedAddress
from fairground.identity.queries import saved_addresses
from fairground.identity.rules import Address
from tests.catalogue_making import NOW_MS, OPENS_AT, make_shop

pytestmark = pytest.mark.django_db

HOME = Address("Ada", "US", ("1 Infinite Loop", "", "", "Engines Ltd"), city="Cupertino", region="US-CA")
WORK = Address(
    "Ada", "GB", ("10 Downing Street",), city="London", region="GB", postal_code="SW1A 2AA", phone="+44 20 79"
)


@pytest.fixture
def shoppers() -> list[int]:
    """Two shoppers."""
    make_shop()
    return create_shoppers(count=2, now_ms=NOW_MS)


def kept(shopper_id: int) -> list[tuple[Address, bool]]:
    """Return what a shopper keeps, and which is the default."""
    return [(one.address, one.is_default) for one in saved_addresses(shopper_ids=[shopper_id])]


def test_the_first_address_is_the_default_and_the_one_used_last_comes_next(shoppers: list[int]) -> None:
    parents = Address("Byron", "IE", ("2 Quay",), city="Cork")
    for minute, address in enumerate([HOME, parents, WORK]):
        save_address(shopper_id=shoppers[0], address=address, now=OPENS_AT + timedelta(minutes=minute))

    assert kept(shoppers[0]) == [(HOME, True), (WORK, False), (parents, False)]
    assert kept(shoppers[1]) == []


def test_the_same_address_is_kept_once_and_counts_as_used(shoppers: list[int]) -> None:
    first = save_address(shopper_id=shoppers[0], address=HOME, now=OPENS_AT)

    again = save_address(shopper_id=shoppers[0], address=HOME, now=OPENS_AT + timedelta(hours=1))

    assert again == first
    [only] = saved_addresses(shopper_ids=shoppers)
    assert (only.id, only.shopper_id, only.used_at) == (first, shoppers[0], OPENS_AT + timedelta(hours=1))


def test_one_more_than_one_may_keep_is_refused(shoppers: list[int]) -> None:
    for number in range(ADDRESSES_MAX):
        save_address(shopper_id=shoppers[0], address=Address("A", "DE", (f"Markt {number}",)), now=OPENS_AT)

    with pytest.raises(AddressBookFull) as refused:
        save_address(shopper_id=shoppers[0], address=HOME, now=OPENS_AT)

    assert refused.value.facts == {"most": 20}
    assert len(kept(shoppers[0])) == 20
    save_address(shopper_id=shoppers[1], address=HOME, now=OPENS_AT)


def test_another_default_takes_the_place_of_the_first(shoppers: list[int]) -> None:
    save_address(shopper_id=shoppers[0], address=HOME, now=OPENS_AT)
    work = save_address(shopper_id=shoppers[0], address=WORK, now=OPENS_AT)

    make_default(shopper_id=shoppers[0], address_id=work)

    assert kept(shoppers[0]) == [(WORK, True), (HOME, False)]


def test_without_its_default_a_shopper_has_the_one_used_last(shoppers: list[int]) -> None:
    home = save_address(shopper_id=shoppers[0], address=HOME, now=OPENS_AT)
    save_address(shopper_id=shoppers[0], address=Address("B", "FR", ("1 rue",)), now=OPENS_AT)
    save_address(shopper_id=shoppers[0], address=WORK, now=OPENS_AT + timedelta(seconds=1))

    delete_address(shopper_id=shoppers[0], address_id=home)

    assert kept(shoppers[0]) == [(WORK, True), (Address("B", "FR", ("1 rue",)), False)]


def test_nobody_touches_the_address_of_somebody_else(shoppers: list[int]) -> None:
    home = save_address(shopper_id=shoppers[0], address=HOME, now=OPENS_AT)
    save_address(shopper_id=shoppers[1], address=WORK, now=OPENS_AT)

    with pytest.raises(NoSuchAddress):
        delete_address(shopper_id=shoppers[1], address_id=home)
    with pytest.raises(NoSuchAddress):
        make_default(shopper_id=shoppers[1], address_id=home)

    assert kept(shoppers[0]) == [(HOME, True)]
    assert kept(shoppers[1]) == [(WORK, True)]


def test_the_database_keeps_a_second_default_out(shoppers: list[int]) -> None:
    save_address(shopper_id=shoppers[0], address=HOME, now=OPENS_AT)

    with pytest.raises(IntegrityError, match="savedaddress_one_default"), transaction.atomic():
        SavedAddress.objects.create(
            shopper_id=shoppers[0], address={"lines": []}, is_default=True, used_at=OPENS_AT, created_at=OPENS_AT
        )
