"""Settling at once: an order is released once, a payout proposed once, and a refund meets a release before or after."""

from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.actions.end_purchases import cancel_purchase
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.rules import DepositMode
from fairground.settlement.actions.advance_payouts import PayoutNotReady, advance_payout
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.release_orders import release_orders
from fairground.settlement.actions.settle_deposits import settle_deposits
from fairground.settlement.models import DepositDue, Due, Entry, Payout, Release, SetOff
from fairground.settlement.rules.parting import Parts
from fairground.settlement.rules.payouts import PayoutState
from tests.concurrency.racing import at_once
from tests.factories import give_wallet, make_market, make_merchant, make_shopper
from tests.presales import CLOSES_MS, DEPOSIT, OPENS_MS, make_presale, pay_deposit, place_presale
from tests.refunding import Scene, back, make_scene
from tests.settlement.making import SETTLED_MS, books, complete, parts_of, settle
from tests.settlement.test_setting_off import owes, store_yen

pytestmark = [pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


@pytest.fixture
def scene(committing_writers: None) -> Scene:
    make_market()
    return make_scene()


def test_what_six_release_at_once_is_released_once(scene: Scene) -> None:
    complete(scene.chairs, scene.lamps)

    done = at_once([lambda: release_orders(now_ms=SETTLED_MS)] * AT_ONCE)

    assert sum(done) == Release.objects.count() == Entry.objects.count() == 2
    assert books(scene.chair.merchant.id)["merchant:payable"] == 21_222
    assert accounts_that_disagree() == []


def test_refunds_and_a_release_at_once_end_where_they_would_one_after_another(scene: Scene) -> None:
    complete(scene.chairs)

    def refund() -> int:
        return back(scene.chairs, 1, 1, now_ms=SETTLED_MS).units

    at_once([refund, lambda: release_orders(now_ms=SETTLED_MS), refund])

    assert parts_of(scene.chairs) == Parts(6_641, 888, 376, 79)
    assert books(scene.chair.merchant.id) == {
        "merchant:payable": 6_641 + 888 - 376 - 79,
        "platform:commission": 376,
        "platform:discounts": -888,
        "platform:fee_tax": 79,
    }
    assert accounts_that_disagree() == []


def test_what_six_propose_at_once_is_proposed_once(scene: Scene) -> None:
    settle(scene.chairs)

    done = at_once([lambda: propose_payouts(now_ms=SETTLED_MS)] * AT_ONCE)

    assert sum(done) == Payout.objects.count() == 1
    assert accounts_that_disagree() == []


def test_what_six_set_off_at_once_is_set_off_once(scene: Scene) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    settle(scene.chairs)
    store_yen()
    owes(scene, 1_620)

    done = at_once([lambda: propose_payouts(now_ms=SETTLED_MS)] * AT_ONCE)

    assert sum(done) == SetOff.objects.count() == 1
    assert Payout.objects.get().amount_minor == 21_222 - 1_000
    assert accounts_that_disagree() == []


def forfeit(deposits: int) -> int:
    """Forfeit deposits to a merchant, and return it."""
    make_market()
    shopper_id, merchant = make_shopper(), make_merchant(lane=30)
    give_wallet(shopper_id=shopper_id, amount_minor=5_000)
    presale = make_presale(mode=DepositMode.EARNEST, merchant=merchant)
    for _ in range(deposits):
        placed = place_presale(presale, shopper_id=shopper_id)
        pay_deposit(placed, shopper_id=shopper_id)
        cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)
    return merchant.id


def test_deposits_that_six_settle_at_once_are_settled_once(committing_writers: None) -> None:
    merchant_id = forfeit(3)

    done = at_once([lambda: settle_deposits(now_ms=CLOSES_MS)] * AT_ONCE)

    assert sum(done) == Entry.objects.count() == 3
    assert books(merchant_id) == {"merchant:payable": 3 * DEPOSIT}
    assert accounts_that_disagree() == []


def test_a_deposit_that_is_noted_again_is_not_settled_again(committing_writers: None) -> None:
    """The negative control: what keeps it from being settled twice is the key of its line."""
    merchant_id = forfeit(2)
    first, second = DepositDue.objects.order_by("order_id")
    DepositDue.objects.filter(order_id=second.order_id).delete()
    settle_deposits(now_ms=CLOSES_MS)
    DepositDue.objects.bulk_create([first])

    with pytest.raises(IntegrityError, match="inv_35_deposit_settled_once"):
        settle_deposits(now_ms=CLOSES_MS + 1)

    assert books(merchant_id) == {"merchant:payable": DEPOSIT, "merchant:forfeits": DEPOSIT}


def test_a_payout_that_is_confirmed_and_fails_at_once_does_one_of_both(scene: Scene) -> None:
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    payout_id = Payout.objects.get().id
    by = By(user_id=None, now=from_unix_ms(SETTLED_MS + 1), reason="closed")
    for then in (PayoutState.APPROVED, PayoutState.SENT):
        advance_payout(payout_id=payout_id, then=then, by=by)

    def end(then: PayoutState) -> bool:
        try:
            advance_payout(payout_id=payout_id, then=then, by=by)
        except PayoutNotReady:
            return False
        return True

    done = at_once([lambda: end(PayoutState.CONFIRMED), lambda: end(PayoutState.FAILED)] * 2)

    assert sum(done) == 1
    paid = Payout.objects.get().state == PayoutState.CONFIRMED
    assert books(scene.chair.merchant.id).get("merchant:payable", 0) == (0 if paid else 21_222)
    assert accounts_that_disagree() == []


def release_naively(order_id: int, both_have_looked: Barrier) -> bool:
    """Look whether it is due, and write a release of nothing: past the action and its turn."""
    due = Due.objects.get(order_id=order_id)
    both_have_looked.wait()
    zero = dict.fromkeys(
        [f"{one}_minor" for one in ("escrow", "discounts", "commission", "fee_tax", "creator", "reserve", "payable")], 0
    )
    try:
        with transaction.atomic():
            Release.objects.create(
                lane=due.lane,
                order_id=order_id,
                merchant_id=due.merchant_id,
                currency="EUR",
                fee_tax_bps=0,
                reserve_bps=0,
                at=from_unix_ms(SETTLED_MS),
                **zero,
            )
    except IntegrityError:
        return False
    return True


def test_without_the_turn_two_would_release_the_same_order_but_for_its_key(scene: Scene) -> None:
    complete(scene.chairs)
    both_have_looked = Barrier(2, timeout=60)

    done = at_once([lambda: release_naively(scene.chairs, both_have_looked)] * 2)

    assert sorted(done) == [False, True]
