"""Verification of a realm with presales in every state: sound books pass, and each damage is seen by its check."""

import pytest

from fairground.catalog.models import Price
from fairground.checkout.actions.end_purchases import break_off_presales, cancel_purchase, expire_purchases
from fairground.festivals.models import Festival, Phase
from fairground.festivals.phase_plan import PhaseKind
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.markets.rules import DepositMode
from fairground.orders.tasks import follow_purchases
from fairground.rehearsal.verify import Verification, verify_realm
from tests.factories import (
    SkuMade,
    give_wallet,
    make_festival,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.presales import BALANCE, CLOSES_MS, OPENS_MS, make_presale, pay_deposit, place_presale
from tests.rehearsal.damages import PRESALE_DAMAGES, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def trade(presale: SkuMade, shopper_id: int) -> None:
    """Order seven: one stays unpaid, and of the others one each comes to every end there is."""
    unpaid, cancelled, broken, paid, cheaper, late, _ = (
        place_presale(presale, shopper_id=shopper_id) for _ in range(7)
    )
    for placed in (cancelled, broken, paid, cheaper, late):
        pay_deposit(placed, shopper_id=shopper_id)
    cancel_purchase(purchase_id=unpaid.purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)
    cancel_purchase(purchase_id=cancelled.purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)
    break_off_presales(purchase_ids=[broken.purchase_id], by=By(user_id=None, now=from_unix_ms(OPENS_MS)))
    pay([pay_request(paid, shopper_id=shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)
    Price.objects.filter(sku_id=presale.id).update(price_minor=40)
    pay([pay_request(cheaper, shopper_id=shopper_id, amount_minor=0)], now_ms=OPENS_MS)
    expire_purchases(now_ms=CLOSES_MS)
    going = place_presale(presale, shopper_id=shopper_id, now_ms=CLOSES_MS)
    assert going.presale is not None, going


def make_sale() -> None:
    """Make the festival of the deals, with the sale that each has."""
    festival = Festival.objects.get(slug=make_festival())
    Phase.objects.create(
        festival=festival, kind=PhaseKind.SALE, starts_at=festival.opens_at, ends_at=festival.closes_at
    )


def make_trade() -> None:
    make_market()
    make_sale()
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=50_000)
    for lane, mode in ((20, DepositMode.EARNEST), (40, DepositMode.ADVANCE)):
        trade(make_presale(mode=mode, merchant=make_merchant(lane=lane), units=20), shopper_id)
    running = make_presale(merchant=make_merchant(lane=50))
    pay_deposit(
        place_presale(running, shopper_id=shopper_id, now_ms=OPENS_MS), shopper_id=shopper_id, now_ms=OPENS_MS + 1
    )
    place_one(place_request(make_sku().line(), shopper_id=shopper_id), now_ms=CLOSES_MS)
    follow_purchases()


def red(found: Verification) -> list[str]:
    return [f"{check.key}: {check.detail}" for check in found.checks if not check.ok]


def test_presales_in_every_state_are_sound() -> None:
    make_trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    rows = {check.key: check.rows for check in found.checks}
    assert (rows["deposits"], rows["presales"]) == (17, 20)


@pytest.mark.parametrize(("key", "damage"), PRESALE_DAMAGES, ids=[f"{at}" for at, _ in enumerate(PRESALE_DAMAGES)])
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    make_trade()
    assert run(damage) > 0

    assert [line.partition(":")[0] for line in red(verify_realm())] == [key]
