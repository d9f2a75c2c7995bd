"""Price protection: a fall goes back once, out of the merchant's escrow, and never more than was paid."""

from datetime import timedelta

import pytest

from fairground.catalog.models import Price, Sku
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.protect_prices import DifferenceReturned, return_difference
from fairground.checkout.rules.paying import UnknownPurchase
from fairground.checkout.rules.refunding import (
    DifferenceGiven,
    NoPriceProtection,
    OrderNotRefundable,
    PriceNotFallen,
    ProtectionOver,
)
from fairground.dashboard.models import TallyKind
from fairground.festivals.models import DealPrice
from fairground.inventory.models import Stock
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.models import Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import TransferKind
from fairground.markets.models import Market
from fairground.orders.models import OrderLine, Refund
from fairground.orders.rules import RefundReason, Step
from tests.books import hot_rows, tallied
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
from tests.promotion_making import DAY_MS
from tests.refunding import LATER_MS, WALLET, Scene, back, escrow_minor, make_scene, refund_sums, wallet_minor


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene()


def set_price(sku: SkuMade, price_minor: int) -> None:
    """Set the usual price."""
    Price.objects.filter(sku_id=sku.id).update(price_minor=price_minor)


def set_deal_price(sku: SkuMade, price_minor: int) -> None:
    """Set the deal's price."""
    assert sku.deal_id is not None, "no deal was made on this SKU"
    DealPrice.objects.filter(deal_id=sku.deal_id).update(price_minor=price_minor)


def ask(scene: Scene, *, now_ms: int = LATER_MS) -> int:
    """Ask for the difference; what went back is returned."""
    returned = return_difference(purchase_id=scene.placed.purchase_id, shopper_id=scene.shopper_id, now_ms=now_ms)
    assert returned.currency == "EUR"
    return returned.amount_minor


def test_a_fall_goes_back_to_the_wallet_and_its_merchant_pays(scene: Scene) -> None:
    wallet, escrow = wallet_minor(scene.shopper_id), escrow_minor(scene.lamp)
    set_price(scene.lamp, 4_501)

    assert ask(scene) == 1_000

    assert wallet_minor(scene.shopper_id) == wallet + 1_000
    assert escrow_minor(scene.lamp) == escrow - 1_000
    row = Refund.objects.get()
    assert (row.order_id, row.reason, row.units, row.ahead_minor, row.paid_minor) == (
        scene.lamps,
        RefundReason.PRICE_FELL,
        0,
        -1_000,
        1_000,
    )
    assert row.tax_minor == 160  # 19 % inside it
    moved = Transfer.objects.get(kind=TransferKind.PRICE_PROTECTION)
    assert (moved.order_id, moved.amount_minor) == (scene.lamps, 1_000)
    assert Outbox.objects.get(kind=OutboxKind.ORDER_PARTLY_REFUNDED).subject_id == scene.lamps
    assert tallied(TallyKind.REFUNDED) == (0, 0, 1_000)
    assert accounts_that_disagree() == []


def test_each_fall_goes_back_once_and_a_deeper_one_gives_the_rest(scene: Scene) -> None:
    set_price(scene.lamp, 4_501)
    ask(scene)
    before = hot_rows()
    with pytest.raises(DifferenceGiven):
        ask(scene)
    assert hot_rows() == before

    set_price(scene.lamp, 4_401)
    assert ask(scene) == 200

    set_price(scene.lamp, 4_900)
    with pytest.raises(DifferenceGiven):
        ask(scene)
    assert refund_sums(scene.lamps)["paid_minor"] == 1_200


def test_an_open_deal_with_units_left_is_the_price_of_today(scene: Scene) -> None:
    set_deal_price(scene.chair, 7_000)

    assert ask(scene) == 3_000

    Stock.objects.filter(deal_id__isnull=False).update(units=3)  # all sold
    set_deal_price(scene.chair, 6_000)
    with pytest.raises(PriceNotFallen):
        ask(scene)


@pytest.mark.parametrize(("hours", "fallen_minor"), [(-1, 0), (0, 3_000), (1, 3_000), (2, 0)])
def test_a_deal_that_opens_in_a_market_by_itself_is_the_price_of_today_while_it_is_open_there(
    scene: Scene, hours: int, fallen_minor: int
) -> None:
    set_deal_price(scene.chair, 7_000)
    opens_at = from_unix_ms(NOW_MS) + timedelta(days=3)  # the deal itself closes before
    DealPrice.objects.update(opens_at=opens_at, closes_at=opens_at + timedelta(hours=2))
    before = hot_rows()

    now_ms = to_unix_ms(opens_at + timedelta(hours=hours))
    if fallen_minor:
        assert ask(scene, now_ms=now_ms) == fallen_minor
        return
    with pytest.raises(PriceNotFallen):
        ask(scene, now_ms=now_ms)
    assert hot_rows() == before


def test_a_deal_that_closes_sooner_in_a_market_is_no_price_of_today_there(scene: Scene) -> None:
    set_deal_price(scene.chair, 7_000)
    DealPrice.objects.update(opens_at=from_unix_ms(NOW_MS), closes_at=from_unix_ms(LATER_MS))

    with pytest.raises(PriceNotFallen):
        ask(scene, now_ms=LATER_MS)
    assert ask(scene, now_ms=LATER_MS - 1) == 3_000


def test_nothing_that_went_back_is_protected_and_a_cancel_returns_what_is_left(scene: Scene) -> None:
    back(scene.lamps, 1, 1)
    set_price(scene.lamp, 4_501)

    assert ask(scene) == 500
    advance_orders(order_ids=[scene.lamps], then=Step.CANCELLED, now_ms=LATER_MS)

    line = OrderLine.objects.get(order_id=scene.lamps)
    assert refund_sums(scene.lamps) == {
        "units": 2,
        "goods_minor": 10_002,
        "discount_minor": line.discount_minor,
        "ahead_minor": 0,
        "tax_minor": line.tax_minor,
        "paid_minor": 10_002 - line.discount_minor,
    }
    assert escrow_minor(scene.lamp) == 0
    assert tallied(TallyKind.REFUNDED) == (1, 2, 10_002 - line.discount_minor)


def test_never_more_goes_back_than_was_paid(scene: Scene) -> None:
    set_price(scene.lamp, 1)
    set_price(scene.chair, 1)

    assert ask(scene) == scene.placed.total_minor

    assert wallet_minor(scene.shopper_id) == WALLET
    back(scene.chairs, 1, 1)
    advance_orders(order_ids=[scene.chairs, scene.lamps], then=Step.CANCELLED, now_ms=LATER_MS)
    assert wallet_minor(scene.shopper_id) == WALLET
    assert accounts_that_disagree() == []


def test_where_tax_comes_on_top_the_tax_of_the_difference_goes_back_too(two_writers: None) -> None:
    make_market(tax_included=False)
    lamp, shopper_id = make_sku(merchant=make_merchant(lane=3), price_minor=1_000), make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=WALLET)
    placed = place_one(place_request(lamp.line(2), shopper_id=shopper_id))
    pay([pay_request(placed, shopper_id=shopper_id)])
    set_price(lamp, 900)

    returned = return_difference(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=LATER_MS)

    assert returned == DifferenceReturned("EUR", 238)
    advance_orders(order_ids=[placed.orders[0].order_id], then=Step.CANCELLED, now_ms=LATER_MS)
    assert wallet_minor(shopper_id) == WALLET


@pytest.mark.parametrize(("later_ms", "is_over"), [(15 * DAY_MS - 1, False), (15 * DAY_MS, True)])
def test_it_is_asked_within_the_markets_days_after_payment(scene: Scene, later_ms: int, is_over: bool) -> None:
    set_price(scene.lamp, 4_501)

    if not is_over:
        assert ask(scene, now_ms=NOW_MS + later_ms) == 1_000
        return
    before = hot_rows()
    with pytest.raises(ProtectionOver) as refused:
        ask(scene, now_ms=NOW_MS + later_ms)
    assert refused.value.facts == {"days": 15, "until_ms": NOW_MS + 15 * DAY_MS}
    assert hot_rows() == before


def test_a_market_may_have_no_price_protection(scene: Scene) -> None:
    set_price(scene.lamp, 4_501)
    Market.objects.update(protection_days=0)

    with pytest.raises(NoPriceProtection):
        ask(scene)


def test_a_price_that_stayed_rose_or_is_none_gives_nothing(scene: Scene) -> None:
    before = hot_rows()
    with pytest.raises(PriceNotFallen):
        ask(scene)
    set_price(scene.lamp, 6_000)
    with pytest.raises(PriceNotFallen):
        ask(scene)
    set_price(scene.lamp, 1_000)
    Sku.objects.filter(id=scene.lamp.id).update(on_sale=False)
    with pytest.raises(PriceNotFallen):
        ask(scene)
    assert hot_rows() == before


def test_who_paid_nothing_keeps_nothing_or_asks_for_anothers_is_refused(scene: Scene) -> None:
    unpaid = place_one(place_request(scene.lamp.line(), shopper_id=scene.shopper_id))
    set_price(scene.lamp, 4_501)
    before = hot_rows()
    for purchase_id, shopper_id, refusal in (
        (unpaid.purchase_id, scene.shopper_id, OrderNotRefundable),
        (scene.placed.purchase_id, make_shopper(), UnknownPurchase),
        (scene.placed.purchase_id + 1, scene.shopper_id, UnknownPurchase),
    ):
        with pytest.raises(refusal):
            return_difference(purchase_id=purchase_id, shopper_id=shopper_id, now_ms=LATER_MS)
    assert hot_rows() == before

    advance_orders(order_ids=[scene.chairs, scene.lamps], then=Step.CANCELLED, now_ms=LATER_MS)
    with pytest.raises(OrderNotRefundable):
        ask(scene)


def test_a_price_that_falls_while_its_deal_is_closed_is_the_usual_one(scene: Scene) -> None:
    set_deal_price(scene.chair, 7_000)
    two_days_later_ms = NOW_MS + int(timedelta(days=2).total_seconds() * 1000)

    with pytest.raises(PriceNotFallen):
        ask(scene, now_ms=two_days_later_ms)
    set_price(scene.chair, 7_900)

    assert ask(scene, now_ms=two_days_later_ms) == 300
