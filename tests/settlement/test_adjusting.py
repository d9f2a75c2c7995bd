"""What goes back after a release comes from everybody who had a part of it, in any parts, to the minor unit."""

import pytest

from fairground.catalog.models import Price
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.rules.refunding import TooManyUnits
from fairground.ledger.queries import accounts_that_disagree
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.rules.parting import Parts
from tests.books import hot_rows
from tests.factories import make_market
from tests.refunding import LATER_MS, WALLET, Scene, back, make_scene, wallet_minor
from tests.settlement.making import DAY_MS, SETTLED_MS, books, entry_parts, make_terms, parts_of, settle


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene()


def test_a_refund_after_the_release_comes_from_the_merchant_and_takes_its_commission_back(scene: Scene) -> None:
    settle(scene.chairs)
    wallet = wallet_minor(scene.shopper_id)

    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 1)

    assert wallet_minor(scene.shopper_id) == wallet + 6_641
    assert parts_of(scene.chairs) == Parts(13_282, 1_777, 753, 158)
    assert entry_parts(scene.chairs)[1] == (-6_641, -888, -376, -79, 0, 0, -7_074)
    assert books(scene.chair.merchant.id) == {
        "merchant:payable": 21_222 - 7_074,
        "platform:commission": 753,
        "platform:discounts": -1_777,
        "platform:fee_tax": 158,
    }


@pytest.mark.parametrize("steps", [(1, 1, 1), (2, 1), (1, 2), (3,)], ids=str)
def test_however_all_of_it_goes_back_nothing_is_left_anywhere(scene: Scene, steps: tuple[int, ...]) -> None:
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=7)
    settle(scene.chairs)
    for units in steps:
        back(scene.chairs, 1, units, now_ms=SETTLED_MS + 1)

    assert parts_of(scene.chairs) == Parts()
    assert books(scene.chair.merchant.id) == {}
    assert accounts_that_disagree() == []


def test_a_merchant_that_was_given_its_reserve_owes_what_goes_back_whole(scene: Scene) -> None:
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=7)
    settle(scene.chairs)
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 1)
    return_reserves(now_ms=SETTLED_MS + 7 * DAY_MS)
    back(scene.chairs, 1, 2, now_ms=SETTLED_MS + 8 * DAY_MS)

    assert books(scene.chair.merchant.id) == {}


def test_price_protection_after_the_release_is_the_merchants_and_lowers_its_commission(scene: Scene) -> None:
    settle(scene.lamps)
    Price.objects.filter(sku_id=scene.lamp.id).update(price_minor=4_001)
    before = parts_of(scene.lamps)

    given = return_difference(purchase_id=scene.placed.purchase_id, shopper_id=scene.shopper_id, now_ms=LATER_MS)

    after = parts_of(scene.lamps)
    assert after.escrow_minor == before.escrow_minor - given.amount_minor
    assert (after.discounts_minor, after.commission_minor) == (before.discounts_minor, before.commission_minor - 100)
    assert "merchant:escrow" not in books(scene.lamp.merchant.id)


def test_more_than_was_sold_is_refused_after_a_release_as_before_and_nothing_moves(scene: Scene) -> None:
    settle(scene.chairs)
    back(scene.chairs, 1, 2, now_ms=SETTLED_MS + 1)
    rows = hot_rows()

    with pytest.raises(TooManyUnits):
        back(scene.chairs, 1, 2, now_ms=SETTLED_MS + 2)

    assert hot_rows() == rows
    assert wallet_minor(scene.shopper_id) < WALLET


def test_what_goes_back_before_any_release_comes_from_escrow(scene: Scene) -> None:
    back(scene.chairs, 1, 1)

    assert books(scene.chair.merchant.id) == {"merchant:escrow": 19_923 - 6_641}
