"""Verification of a realm in which currencies were set off: sound books pass, and each damage is seen."""

import pytest

from fairground.checkout.actions.end_purchases import break_off_presales
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.markets.rules import DepositMode, RateSource
from fairground.markets.storing_rates import store_rates
from fairground.orders.tasks import follow_purchases
from fairground.rehearsal.verify import verify_realm
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.settle_deposits import settle_deposits
from fairground.settlement.models import SetOff
from tests.factories import give_wallet, make_market, make_shopper, place_one, place_request
from tests.presales import make_presale, pay_deposit
from tests.refunding import begin_sale, make_scene
from tests.rehearsal.damages import run
from tests.settlement.making import SETTLED_MS, settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]

DAMAGES = [
    "ALTER TABLE settlement_setoff DISABLE TRIGGER USER; UPDATE settlement_setoff SET taken_minor = taken_minor + 1;"
    " ALTER TABLE settlement_setoff ENABLE TRIGGER USER",
    "ALTER TABLE settlement_setoff DISABLE TRIGGER USER; DELETE FROM settlement_setoff;"
    " ALTER TABLE settlement_setoff ENABLE TRIGGER USER",
    "ALTER TABLE settlement_setoff DISABLE TRIGGER USER; UPDATE settlement_setoff SET given_transfer_id = 1;"
    " ALTER TABLE settlement_setoff ENABLE TRIGGER USER",
    "UPDATE ledger_transfer SET kind = 4 WHERE kind = 59",
]


def trade() -> None:
    """Set off a penalty that a merchant owes in yen against euros that it is to be paid."""
    make_market()
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    scene = make_scene()
    begin_sale()
    settle(scene.chairs)
    store_rates(
        rates={("JPY", from_unix_ms(SETTLED_MS).date()): (162, 1)},
        source=RateSource.ECB,
        by=By(user_id=None, now=from_unix_ms(SETTLED_MS)),
    )
    shopper_id = make_shopper(lane=5)
    give_wallet(shopper_id=shopper_id, amount_minor=5_000, currency="JPY")
    presale = make_presale(mode=DepositMode.EARNEST, merchant=scene.chair.merchant, market="JP")
    placed = place_one(
        place_request(
            presale.deal_line(), shopper_id=shopper_id, market="JP", currency="JPY", country="JP", region="JP"
        )
    )
    pay_deposit(placed, shopper_id=shopper_id)
    break_off_presales(purchase_ids=[placed.purchase_id], by=By(user_id=None, now=from_unix_ms(SETTLED_MS)))
    settle_deposits(now_ms=SETTLED_MS)
    assert propose_payouts(now_ms=SETTLED_MS) == 1
    follow_purchases()


def red() -> list[str]:
    return [f"{check.key}: {check.detail}" for check in verify_realm().checks if not check.ok]


def test_what_was_set_off_is_sound() -> None:
    trade()

    found = red()

    assert (found, SetOff.objects.count()) == ([], 1)


@pytest.mark.parametrize("damage", DAMAGES, ids=range(len(DAMAGES)))
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(damage: str) -> None:
    trade()
    run(damage)

    assert [line.partition(":")[0] for line in red()] == ["set_offs"]
