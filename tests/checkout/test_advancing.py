"""What becomes of paid orders: every step there is, every step that is refused, and the money back."""

from dataclasses import dataclass

import pytest

from fairground.checkout.actions.advance_orders import OrderNotReady, UnknownOrder, advance_orders
from fairground.dashboard.models import TallyKind
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.ledger.queries import accounts_that_disagree, balances
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import TRANSITIONS, Step
from fairground.payments.rules import wallet_address
from fairground.settlement.rules.addresses import escrow_address
from tests.books import Units, hot_rows, taken_by, tallied, units_of
from tests.factories import (
    NOW_MS,
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

LATER_MS = NOW_MS + 3_600_000
WAYS = {
    Step.PAID: [],
    Step.SHIPPED: [Step.SHIPPED],
    Step.DELIVERED: [Step.SHIPPED, Step.DELIVERED],
    Step.COMPLETED: [Step.SHIPPED, Step.DELIVERED, Step.COMPLETED],
    Step.CANCELLED: [Step.CANCELLED],
}


@dataclass(frozen=True, slots=True)
class Scene:
    """A paid purchase: 2 chairs of a limited deal at 800 each, and a lamp at 500 of another merchant."""

    chair: SkuMade
    lamp: SkuMade
    shopper_id: int
    purchase_id: int
    order_ids: tuple[int, int]


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    chair = make_sku(merchant=make_merchant(lane=10), deal_price_minor=800, deal_units=5, buyer_limit=2)
    lamp = make_sku(merchant=make_merchant(lane=40), price_minor=500)
    shopper_id = make_shopper(lane=50)
    give_wallet(shopper_id=shopper_id, amount_minor=2_100)
    placed = place_one(place_request(chair.deal_line(2), lamp.line(), shopper_id=shopper_id))
    pay([pay_request(placed, shopper_id=shopper_id)])
    first, second = (order.order_id for order in placed.orders)
    return Scene(chair, lamp, shopper_id, placed.purchase_id, (first, second))


def wallet_minor(shopper_id: int) -> int:
    key = (lane_of(shopper_id), wallet_address(shopper_id, "EUR"))
    return balances([key])[key].balance_minor


def escrow_minor(sku: SkuMade) -> int:
    key = (sku.merchant.lane, escrow_address(sku.merchant.id, "EUR"))
    return balances([key])[key].balance_minor


@pytest.mark.parametrize("now", WAYS, ids=lambda step: step.name)
@pytest.mark.parametrize("then", [Step.SHIPPED, Step.DELIVERED, Step.COMPLETED, Step.CANCELLED], ids=lambda s: s.name)
def test_an_order_goes_only_where_its_state_leads(scene: Scene, now: Step, then: Step) -> None:
    order_id = scene.order_ids[0]
    for step in WAYS[now]:
        advance_orders(order_ids=[order_id], then=step, now_ms=LATER_MS)

    if then in TRANSITIONS[now]:
        advance_orders(order_ids=[order_id], then=then, now_ms=LATER_MS)
        assert Order.objects.get(id=order_id).state == then
    else:
        before = hot_rows()
        with pytest.raises(OrderNotReady) as refused:
            advance_orders(order_ids=[order_id], then=then, now_ms=LATER_MS)
        assert refused.value.facts == {"order_id": order_id, "state": now.name.lower(), "then": then.name.lower()}
        assert hot_rows() == before


def test_an_unpaid_order_is_not_shipped(scene: Scene) -> None:
    placed = place_one(place_request(scene.lamp.line(), shopper_id=scene.shopper_id))
    before = hot_rows()

    with pytest.raises(OrderNotReady):
        advance_orders(order_ids=[placed.orders[0].order_id], then=Step.SHIPPED, now_ms=LATER_MS)

    assert hot_rows() == before


def test_of_several_orders_all_advance_or_none(scene: Scene) -> None:
    before = hot_rows()

    with pytest.raises(UnknownOrder):
        advance_orders(order_ids=[*scene.order_ids, scene.order_ids[0] + 1], then=Step.SHIPPED, now_ms=LATER_MS)

    assert hot_rows() == before


def test_a_cancelled_order_gives_back_the_money_the_units_and_the_limit(scene: Scene) -> None:
    advance_orders(order_ids=[scene.order_ids[0]], then=Step.CANCELLED, now_ms=LATER_MS)

    assert wallet_minor(scene.shopper_id) == 1_600
    assert escrow_minor(scene.chair) == 0
    assert escrow_minor(scene.lamp) == 500
    assert units_of(scene.chair.deal_stock_id) == Units(5, reserved=0, sold=0)
    assert taken_by(deal_id=scene.chair.deal_id, shopper_id=scene.shopper_id) == 0
    assert tallied(TallyKind.REFUNDED) == (1, 2, 1_600)
    assert Purchase.objects.get(id=scene.purchase_id).state == Step.PAID
    assert Outbox.objects.filter(kind=OutboxKind.ORDER_REFUNDED, subject_id=scene.order_ids[0]).count() == 1
    assert accounts_that_disagree() == []


def test_a_purchase_of_which_every_order_is_cancelled_has_ended(scene: Scene) -> None:
    for order_id in scene.order_ids:
        advance_orders(order_ids=[order_id], then=Step.CANCELLED, now_ms=LATER_MS)

    purchase = Purchase.objects.get(id=scene.purchase_id)
    assert (purchase.state, purchase.ended_at is not None) == (Step.CANCELLED, True)
    assert Outbox.objects.filter(kind=OutboxKind.PURCHASE_CANCELLED, subject_id=scene.purchase_id).count() == 1
    assert wallet_minor(scene.shopper_id) == 2_100
    assert accounts_that_disagree() == []
