"""An order of goods with several commissions: each is taken of its goods, and goes back with them, in any order."""

from dataclasses import dataclass
from itertools import permutations

import pytest

from fairground.catalog.models import Category, Price, Product
from fairground.checkout.actions.protect_prices import return_difference
from fairground.kernel.edits import By
from fairground.settlement.actions.set_fees import set_fee
from fairground.settlement.rules.parting import Parts
from tests.factories import (
    NOW,
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.refunding import LATER_MS, back
from tests.settlement.making import SETTLED_MS, books, entry_parts, parts_of, settle

BY = By(user_id=None, now=NOW)
CHAIR, LAMP = 1, 2


@dataclass(frozen=True, slots=True)
class Bought:
    """A paid order of a chair for 10.05 at 10 % and two lamps at 9.99 each at 5 %; and another of the lamps alone."""

    merchant_id: int
    lamp: SkuMade
    shopper_id: int
    purchase_id: int
    both: int
    lamps: int


@pytest.fixture
def bought(two_writers: None) -> Bought:
    make_market()
    Category.objects.create(code="home", names={"en": "Home"})
    merchant = make_merchant(lane=40)
    chair, lamp = make_sku(merchant=merchant, price_minor=1_005), make_sku(merchant=merchant, price_minor=999)
    Product.objects.filter(skus__id=chair.id).update(category_id="home")
    set_fee(category="home", merchant_id=None, commission_bps=1_000, by=BY)
    shopper_id = make_shopper(lane=20)
    give_wallet(shopper_id=shopper_id, amount_minor=10_000)
    both = place_one(place_request(chair.line(), lamp.line(2), shopper_id=shopper_id))
    lamps = place_one(place_request(lamp.line(2), shopper_id=shopper_id))
    pay([pay_request(one, shopper_id=shopper_id) for one in (both, lamps)])
    orders = (both.orders[0].order_id, lamps.orders[0].order_id)
    return Bought(merchant.id, lamp, shopper_id, both.purchase_id, *orders)


def test_each_commission_is_taken_of_its_goods(bought: Bought) -> None:
    settle(bought.both)

    # 10 % of 10.05 are 1.005, 5 % of 19.98 are 0.999; 21 % of 2.01 are 0.4221.
    assert parts_of(bought.both) == Parts(3_003, 0, 101 + 100, 42)


def test_who_sends_the_dearer_charged_goods_back_leaves_the_commission_of_the_others(bought: Bought) -> None:
    settle(bought.both, bought.lamps)

    back(bought.both, CHAIR, 1, now_ms=SETTLED_MS + 1)

    assert parts_of(bought.both) == parts_of(bought.lamps) == Parts(1_998, 0, 100, 21)
    assert entry_parts(bought.both)[1] == (-1_005, 0, -101, -21, 0, 0, -883)


@pytest.mark.parametrize("steps", sorted(set(permutations((CHAIR, LAMP, LAMP)))), ids=str)
def test_in_whatever_order_all_of_it_goes_back_nothing_is_left(bought: Bought, steps: tuple[int, ...]) -> None:
    settle(bought.both)
    for line_no in steps:
        back(bought.both, line_no, 1, now_ms=SETTLED_MS + 1)

    assert parts_of(bought.both) == Parts()
    assert [sum(column) for column in zip(*entry_parts(bought.both), strict=True)] == [0] * 7
    assert books(bought.merchant_id) == {"merchant:escrow": 1_998}


def test_what_went_back_before_the_release_is_not_charged(bought: Bought) -> None:
    back(bought.both, LAMP, 2)
    settle(bought.both)

    assert parts_of(bought.both) == Parts(1_005, 0, 101, 21)


def test_price_protection_lowers_the_commission_of_the_goods_that_fell(bought: Bought) -> None:
    settle(bought.both)
    Price.objects.filter(sku_id=bought.lamp.id).update(price_minor=499)

    return_difference(purchase_id=bought.purchase_id, shopper_id=bought.shopper_id, now_ms=LATER_MS)

    # 5 % of 9.98 are 0.499.
    assert parts_of(bought.both) == Parts(2_003, 0, 101 + 50, 32)


def test_a_commission_of_later_changes_nothing_of_what_was_placed(bought: Bought) -> None:
    set_fee(category="home", merchant_id=None, commission_bps=100, by=BY)
    settle(bought.both)
    set_fee(category="home", merchant_id=None, commission_bps=9_000, by=BY)
    back(bought.both, LAMP, 1, now_ms=SETTLED_MS + 1)

    assert parts_of(bought.both) == Parts(2_004, 0, 101 + 50, 32)
