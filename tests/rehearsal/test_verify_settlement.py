"""Verification of a realm whose orders were settled and paid out: sound books pass, and each damage is seen."""

import pytest

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.orders.tasks import follow_purchases
from fairground.rehearsal.verify import Verification, verify_realm
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.release_orders import release_orders
from fairground.settlement.models import Payout, Release
from fairground.settlement.rules.payouts import PayoutState
from tests.factories import make_market
from tests.refunding import back, begin_sale, make_scene
from tests.rehearsal.damages import run
from tests.rehearsal.settlement_damages import SETTLEMENT_DAMAGES
from tests.settlement.making import DAY_MS, SETTLED_MS, complete, make_terms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def trade() -> None:
    """Release orders with a reserve and without, take back before and after, hold a merchant, pay out another."""
    make_market()
    first, second = make_scene(), make_scene(creator_bps=250)
    begin_sale()
    make_terms(second.chair.merchant.id, reserve_bps=1_000, reserve_days=30)
    back(first.chairs, 1, 1)
    make_terms(second.lamp.merchant.id, held=True, held_because="no identity")
    complete(first.chairs, first.lamps, second.chairs, second.lamps)
    release_orders(now_ms=SETTLED_MS)
    propose_payouts(now_ms=SETTLED_MS)
    by = By(user_id=None, now=from_unix_ms(SETTLED_MS + 1))
    paid = Payout.objects.get(merchant_id=first.chair.merchant.id)
    for then in (PayoutState.APPROVED, PayoutState.SENT, PayoutState.CONFIRMED):
        advance_payout(payout_id=paid.id, then=then, by=by)
    back(first.chairs, 1, 1, now_ms=SETTLED_MS + DAY_MS)
    back(second.chairs, 1, 2, now_ms=SETTLED_MS + DAY_MS)
    follow_purchases()


def red(found: Verification) -> list[str]:
    return [check.key for check in found.checks if not check.ok]


def test_settled_books_pass_every_check() -> None:
    trade()

    found = verify_realm(settled=True)

    assert [check for check in found.checks if not check.ok] == []
    rows = {check.key: check.rows for check in found.checks}
    assert (rows["releases"], rows["payouts"]) == (Release.objects.count(), Payout.objects.count()) == (3, 3)


@pytest.mark.parametrize(
    ("key", "damage"),
    SETTLEMENT_DAMAGES,
    ids=[f"{key}-{at}" for at, (key, _) in enumerate(SETTLEMENT_DAMAGES)],
)
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    trade()
    run(damage)

    assert red(verify_realm()) == [key]


def test_money_left_in_escrow_of_a_released_order_turns_the_check_of_escrow_red() -> None:
    trade()
    run(
        "UPDATE ledger_transfer SET kind = 1, order_id = NULL"
        " WHERE kind = 50 AND order_id = (SELECT min(order_id) FROM settlement_release)"
    )

    assert red(verify_realm()) == ["escrow", "releases"]
