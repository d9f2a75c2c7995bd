"""Several devices of one shopper that change its addresses at once."""

from functools import partial

import pytest

from fairground.identity.actions import ADDRESSES_MAX, AddressBookFull, save_address
from fairground.identity.queries import saved_addresses
from fairground.identity.rules import Address
from tests.concurrency.racing import at_once
from tests.factories import NOW, make_shopper

pytestmark = pytest.mark.usefixtures("writer")


def keep(shopper_id: int, number: int) -> str:
    """Save an address, and return what became of it."""
    try:
        save_address(shopper_id=shopper_id, address=Address("A", "DE", (f"Markt {number}",)), now=NOW)
    except AddressBookFull:
        return "full"
    return "kept"


def test_only_one_of_many_takes_the_last_place_in_an_address_book() -> None:
    shopper_id = make_shopper()
    for number in range(ADDRESSES_MAX - 1):
        keep(shopper_id, number)

    outcomes = at_once([partial(keep, shopper_id, 100 + number) for number in range(6)])

    assert sorted(outcomes) == ["full"] * 5 + ["kept"]
    assert len(saved_addresses(shopper_ids=[shopper_id])) == ADDRESSES_MAX


def test_of_the_first_addresses_that_come_at_once_one_is_the_default() -> None:
    shopper_id = make_shopper()

    at_once([partial(keep, shopper_id, number) for number in range(6)])

    assert [one.is_default for one in saved_addresses(shopper_ids=[shopper_id])] == [True] + [False] * 5


def test_the_same_address_sent_at_once_is_kept_once() -> None:
    shopper_id = make_shopper()

    at_once([partial(keep, shopper_id, 1)] * 6)

    assert len(saved_addresses(shopper_ids=[shopper_id])) == 1
