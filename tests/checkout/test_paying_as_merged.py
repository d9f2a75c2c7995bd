"""What a guest bought is paid from, and paid back into, the wallet of the shopper that the guest went into."""

from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.rules.paying import InsufficientFunds, Paid
from fairground.checkout.rules.placing import Placed
from fairground.identity.models import Shopper
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.rules import Step
from fairground.payments.queries import wallet_balance_minor, wallets_of
from tests.books import hot_rows
from tests.factories import (
    NOW_MS,
    give_wallet,
    make_market,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A chair at 1000 that a guest placed, who then went into a shopper of another writer's lane with 1500."""

    guest_id: int
    shopper_id: int
    placed: Placed


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    guest_id, shopper_id = make_shopper(lane=5), make_shopper(lane=50)
    placed = place_one(place_request(make_sku().line(), shopper_id=guest_id))
    give_wallet(shopper_id=shopper_id, amount_minor=1_500)
    Shopper.objects.filter(id=guest_id).update(merged_into_id=shopper_id)
    return Scene(guest_id, shopper_id, placed)


def test_a_merged_guests_purchase_is_paid_from_the_shoppers_wallet(scene: Scene) -> None:
    assert wallet_balance_minor(shopper_id=scene.guest_id, currency="EUR") == 1_500

    outcomes = pay([pay_request(scene.placed, shopper_id=scene.guest_id)])

    assert outcomes == [Paid(scene.placed.purchase_id, "EUR", 1_000, NOW_MS, replayed=False)]
    assert wallet_balance_minor(shopper_id=scene.shopper_id, currency="EUR") == 500
    assert accounts_that_disagree() == []


def test_it_is_paid_back_into_the_shoppers_wallet(scene: Scene) -> None:
    pay([pay_request(scene.placed, shopper_id=scene.guest_id)])

    advance_orders(order_ids=[scene.placed.orders[0].order_id], then=Step.CANCELLED, now_ms=NOW_MS + 1)

    assert wallet_balance_minor(shopper_id=scene.shopper_id, currency="EUR") == 1_500
    assert wallets_of(shopper_ids=[scene.guest_id]) == []
    assert accounts_that_disagree() == []


def test_two_payments_of_a_batch_count_down_the_one_wallet(scene: Scene) -> None:
    own = place_one(place_request(make_sku().line(), shopper_id=scene.shopper_id))

    outcomes = pay(
        [pay_request(scene.placed, shopper_id=scene.guest_id), pay_request(own, shopper_id=scene.shopper_id)]
    )

    assert outcomes == [
        Paid(scene.placed.purchase_id, "EUR", 1_000, NOW_MS, replayed=False),
        InsufficientFunds(available_minor=500, total_minor=1_000),
    ]


def test_a_guests_pass_does_not_open_the_shoppers_wallet(scene: Scene) -> None:
    before = hot_rows()

    outcomes = pay([replace(pay_request(scene.placed, shopper_id=scene.guest_id), by_pass=True)])

    assert outcomes == [InsufficientFunds(available_minor=0, total_minor=1_000)]
    assert hot_rows() == before


def test_what_comes_in_for_a_merged_guest_goes_into_the_shoppers_wallet(scene: Scene) -> None:
    give_wallet(shopper_id=scene.guest_id, amount_minor=70)

    assert wallet_balance_minor(shopper_id=scene.shopper_id, currency="EUR") == 1_570
    assert wallets_of(shopper_ids=[scene.guest_id]) == []
