"""Presales that come to nothing: whose the deposit is then, in the ledger, and that the units come back."""

from dataclasses import dataclass

import pytest

from fairground.checkout.actions.advance_orders import OrderNotReady, advance_orders
from fairground.checkout.actions.end_purchases import (
    NotDeposited,
    break_off_presales,
    cancel_purchase,
    expire_purchases,
)
from fairground.checkout.rules.placing import Placed
from fairground.dashboard.models import TallyKind
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry, Outbox, Writer
from fairground.kernel.outbox import OutboxKind
from fairground.ledger.queries import accounts_that_disagree, trial_balance
from fairground.markets.rules import DepositMode
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import DepositEnd, Step
from fairground.settlement.rules.addresses import (
    escrow_address,
    forfeits_address,
    owed_penalties_address,
    penalties_address,
)
from tests.books import Units, hot_rows, taken_by, tallied, units_of
from tests.factories import (
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    pay,
    pay_request,
)
from tests.presales import (
    BALANCE,
    BALANCE_OPENS,
    CLOSES_MS,
    OPENS_MS,
    ORDERED_MS,
    TOTAL,
    balance_of,
    make_presale,
    pay_deposit,
    place_presale,
    wallet_of,
)

LANE = 30
BY = By(user_id=None, now=BALANCE_OPENS, reason="out of goods")


@dataclass(frozen=True, slots=True)
class Scene:
    """A presale whose deposit a shopper with 5000 in the wallet has paid."""

    presale: SkuMade
    shopper_id: int
    placed: Placed

    def money(self) -> dict[str, int]:
        """Return where the money is."""
        merchant_id = self.presale.merchant.id
        return {
            "wallet": wallet_of(self.shopper_id),
            "escrow": balance_of(LANE, escrow_address(merchant_id, "EUR")),
            "forfeits": balance_of(LANE, forfeits_address(merchant_id, "EUR")),
            "owed": balance_of(LANE, owed_penalties_address(merchant_id, "EUR")),
            "fronted": balance_of(LANE, penalties_address("EUR")),
        }


def make_scene(mode: DepositMode) -> Scene:
    make_market()
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=5_000)
    presale = make_presale(mode=mode, merchant=make_merchant(lane=LANE), buyer_limit=2)
    placed = place_presale(presale, shopper_id=shopper_id)
    pay_deposit(placed, shopper_id=shopper_id)
    return Scene(presale, shopper_id, placed)


def not_paid(scene: Scene) -> None:
    assert expire_purchases(now_ms=CLOSES_MS) == 1


def cancelled(scene: Scene) -> None:
    cancel_purchase(purchase_id=scene.placed.purchase_id, shopper_id=scene.shopper_id, now_ms=OPENS_MS)


def broken_off(scene: Scene) -> None:
    break_off_presales(purchase_ids=[scene.placed.purchase_id], by=BY)


RETURNED = {"wallet": 5_000, "escrow": 0, "forfeits": 0, "owed": 0, "fronted": 0}
FORFEITED = {"wallet": 4_900, "escrow": 0, "forfeits": 100, "owed": 0, "fronted": 0}
DOUBLED = {"wallet": 5_100, "escrow": 0, "forfeits": 0, "owed": 100, "fronted": 0}


@pytest.mark.parametrize(
    ("mode", "fails", "step", "end", "money"),
    [
        (DepositMode.EARNEST, not_paid, Step.EXPIRED, DepositEnd.FORFEITED, FORFEITED),
        (DepositMode.EARNEST, cancelled, Step.CANCELLED, DepositEnd.FORFEITED, FORFEITED),
        (DepositMode.EARNEST, broken_off, Step.CANCELLED, DepositEnd.DOUBLED, DOUBLED),
        (DepositMode.ADVANCE, not_paid, Step.EXPIRED, DepositEnd.RETURNED, RETURNED),
        (DepositMode.ADVANCE, cancelled, Step.CANCELLED, DepositEnd.RETURNED, RETURNED),
        (DepositMode.ADVANCE, broken_off, Step.CANCELLED, DepositEnd.RETURNED, RETURNED),
    ],
)
def test_the_deposit_goes_where_the_law_says_and_the_units_come_back(
    mode: DepositMode, fails: object, step: Step, end: DepositEnd, money: dict[str, int], lone_writer: object
) -> None:
    scene = make_scene(mode)

    assert callable(fails)
    fails(scene)

    row = Purchase.objects.get()
    assert (row.state, row.deposit_end, row.paid_at) == (step, end, None)
    assert row.ended_at is not None
    assert Order.objects.get().state == step
    assert scene.money() == money
    assert units_of(scene.presale.deal_stock_id) == Units(10, reserved=0, sold=0)
    assert taken_by(deal_id=scene.presale.deal_id, shopper_id=scene.shopper_id) == 0
    assert tallied(TallyKind.VOIDED) == tallied(TallyKind.PLACED) == (1, 1, TOTAL)
    last = OutboxKind.PURCHASE_EXPIRED if step is Step.EXPIRED else OutboxKind.PURCHASE_CANCELLED
    assert list(Outbox.objects.order_by("seq").values_list("kind", flat=True))[-1] == last
    assert accounts_that_disagree() == []
    (books,) = trial_balance()
    assert books.debits_posted_minor == books.credits_posted_minor


def test_a_sweep_finds_a_balance_that_is_overdue_however_long_ago_it_was_ordered(lone_writer: object) -> None:
    scene = make_scene(DepositMode.ADVANCE)
    assert expire_purchases(now_ms=CLOSES_MS - 1) == 0
    assert Writer.objects.get().swept_to_ms == CLOSES_MS - 1 - 30 * 60_000

    assert expire_purchases(now_ms=CLOSES_MS) == 1
    assert expire_purchases(now_ms=CLOSES_MS + 1) == 0
    assert scene.money() == RETURNED


def test_an_order_whose_deposit_nobody_pays_expires_as_any_other(lone_writer: object) -> None:
    scene = make_scene(DepositMode.EARNEST)
    place_presale(scene.presale, shopper_id=scene.shopper_id)

    assert expire_purchases(now_ms=ORDERED_MS + 17 * 60_000) == 1

    assert list(Purchase.objects.order_by("id").values_list("state", "deposit_end")) == [
        (Step.DEPOSITED, None),
        (Step.EXPIRED, None),
    ]
    assert scene.money() == {"wallet": 4_900, "escrow": 100, "forfeits": 0, "owed": 0, "fronted": 0}


def test_breaking_off_says_in_the_audit_log_who_did_it_and_what_became_of_the_deposit(lone_writer: object) -> None:
    scene = make_scene(DepositMode.EARNEST)

    broken_off(scene)

    entry = AuditEntry.objects.get(verb="broken-off")
    assert (entry.subject_kind, entry.subject_id) == ("purchase", str(scene.placed.purchase_id))
    assert (entry.facts, entry.reason) == ({"deposit": ["held", "doubled"]}, "out of goods")


@pytest.mark.parametrize("paid", [False, True])
def test_only_what_is_between_its_payments_is_broken_off_all_or_none(paid: bool, lone_writer: object) -> None:
    scene = make_scene(DepositMode.EARNEST)
    other = place_presale(scene.presale, shopper_id=scene.shopper_id)
    if paid:
        pay_deposit(other, shopper_id=scene.shopper_id)
        pay([pay_request(other, shopper_id=scene.shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)
    before = hot_rows()

    with pytest.raises(NotDeposited) as refused:
        break_off_presales(purchase_ids=[scene.placed.purchase_id, other.purchase_id], by=BY)

    assert refused.value == NotDeposited(purchase_id=other.purchase_id)
    assert hot_rows() == before


def test_an_order_between_its_payments_is_not_refunded_as_a_paid_one(lone_writer: object) -> None:
    scene = make_scene(DepositMode.ADVANCE)
    order_id = scene.placed.orders[0].order_id
    before = hot_rows()

    with pytest.raises(OrderNotReady):
        advance_orders(order_ids=[order_id], then=Step.CANCELLED, now_ms=OPENS_MS)

    assert hot_rows() == before


def test_a_presale_that_is_paid_is_refunded_like_any_order(lone_writer: object) -> None:
    scene = make_scene(DepositMode.EARNEST)
    pay([pay_request(scene.placed, shopper_id=scene.shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)

    advance_orders(order_ids=[scene.placed.orders[0].order_id], then=Step.CANCELLED, now_ms=OPENS_MS + 1)

    assert scene.money() == RETURNED
    assert Purchase.objects.values_list("state", "deposit_end").get() == (Step.CANCELLED, DepositEnd.COUNTED)
