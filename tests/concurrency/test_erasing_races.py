"""Erasing at once with paying back: nobody's wallet is paid, and nobody with money in the wallet is erased."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from fairground.aftersales.actions.erase_words import erase_words_of
from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.erase_person import WalletNotEmpty, erase_person
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.rules.placing import Placed
from fairground.checkout.rules.refunding import ShopperErased
from fairground.identity.models import Shopper, User
from fairground.orders.rules import Step
from fairground.payments.queries import wallet_balance_minor
from tests.books import hot_rows
from tests.concurrency.racing import alone, another_connection, table_held, wait_for_turn
from tests.factories import (
    NOW,
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
from tests.people_making import make_user
from tests.refunding import LATER_MS, back

pytestmark = [pytest.mark.usefixtures("committing_writers")]


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipped purchase whose price fell since, of a user who has nothing in the wallet."""

    placed: Placed
    shopper_id: int
    user_id: int

    def refund(self) -> int:
        """Pay the unit back."""
        return back(self.placed.orders[0].order_id, 1, 1).paid_minor

    def protect(self) -> int:
        """Pay the difference back."""
        purchase_id = self.placed.purchase_id
        return return_difference(purchase_id=purchase_id, shopper_id=self.shopper_id, now_ms=LATER_MS).amount_minor


@pytest.fixture
def shipped() -> Shipped:
    make_market()
    shopper_id, lamp = make_shopper(), make_sku(price_minor=1_000)
    user = make_user(email="ana@example.org", shopper_id=shopper_id)
    give_wallet(shopper_id=shopper_id, amount_minor=1_000)
    placed = place_one(place_request(lamp.line(), shopper_id=shopper_id))
    pay([pay_request(placed, shopper_id=shopper_id)])
    advance_orders(order_ids=[placed.orders[0].order_id], then=Step.SHIPPED, now_ms=NOW_MS + 1)
    Price.objects.filter(sku_id=lamp.id).update(price_minor=900)
    return Shipped(placed, shopper_id, int(user.pk))


@pytest.mark.parametrize("paying_back", [Shipped.refund, Shipped.protect])
def test_what_goes_back_waits_for_an_erasure_that_has_begun_and_then_does_not_go(
    shipped: Shipped, paying_back: Callable[[Shipped], int]
) -> None:
    before = hot_rows()
    with ThreadPoolExecutor(1) as pool, another_connection() as other:
        other.execute("UPDATE identity_shopper SET erased_at = now() WHERE id = %s", [shipped.shopper_id])
        going = pool.submit(alone(lambda: paying_back(shipped)))
        wait_for_turn(waiting=1)
        other.commit()
        with pytest.raises(ShopperErased) as refused:
            going.result()

    assert refused.value.facts == {"purchase_id": shipped.placed.purchase_id}
    assert hot_rows() == before


def test_an_erasure_waits_for_what_goes_back_and_then_is_refused(shipped: Shipped) -> None:
    with ThreadPoolExecutor(2) as pool:
        with table_held("kernel_auditentry"):  # the refund's last row, once its money has moved
            going = pool.submit(alone(shipped.refund))
            wait_for_turn(waiting=1)
            erasing = pool.submit(alone(lambda: erase_person(user_id=shipped.user_id, now=NOW, besides=erase_words_of)))
            wait_for_turn(waiting=2)
        assert going.result() == 1_000
        with pytest.raises(WalletNotEmpty):
            erasing.result()

    assert wallet_balance_minor(shopper_id=shipped.shopper_id, currency="EUR") == 1_000
    assert Shopper.objects.get(id=shipped.shopper_id).erased_at is None
    assert User.objects.filter(id=shipped.user_id).exists()


def test_who_looks_without_holding_the_shopper_pays_nobodys_wallet(shipped: Shipped) -> None:
    """The negative control: the look before the erasure, the money after it."""
    erased = Shopper.objects.filter(id=shipped.shopper_id, erased_at__isnull=False).exists()

    erase_person(user_id=shipped.user_id, now=NOW, besides=erase_words_of)
    if not erased:
        give_wallet(shopper_id=shipped.shopper_id, amount_minor=1_000)

    assert Shopper.objects.get(id=shipped.shopper_id).erased_at is not None
    assert wallet_balance_minor(shopper_id=shipped.shopper_id, currency="EUR") == 1_000
