"""Purchases that end unpaid: the units and the limits come back, exactly, once."""

from datetime import timedelta

import pytest

from fairground.checkout.actions import end_purchases
from fairground.checkout.actions.end_purchases import (
    NotCancellable,
    cancel_purchase,
    expire_purchases,
    extend_reservation,
)
from fairground.checkout.rules.paying import Paid, UnknownPurchase
from fairground.dashboard.models import TallyKind
from fairground.kernel.models import Outbox, Writer
from fairground.kernel.outbox import OutboxKind
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import Step
from tests.books import Units, hot_rows, taken_by, tallied, units_of
from tests.factories import (
    NOW,
    NOW_MS,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place,
    place_one,
    place_request,
)

FIFTEEN_MINUTES_MS = 15 * 60_000
DUE_MS = NOW_MS + FIFTEEN_MINUTES_MS


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def test_a_cancelled_purchase_gives_back_its_units_and_its_limit() -> None:
    chair = make_sku(merchant=make_merchant(lane=5), deal_price_minor=700, deal_units=10, buyer_limit=3)
    lamp = make_sku(merchant=make_merchant(lane=60))
    shopper_id = make_shopper()
    placed = place_one(place_request(chair.deal_line(2), lamp.line(4), shopper_id=shopper_id))

    cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS + 1_000)

    assert units_of(chair.deal_stock_id) == Units(10, reserved=0, sold=0)
    assert units_of(lamp.stock_id) == Units(100, reserved=0, sold=0)
    assert taken_by(deal_id=chair.deal_id, shopper_id=shopper_id) == 0
    ended_at = NOW + timedelta(seconds=1)
    assert list(Purchase.objects.values_list("state", "paid_at", "ended_at")) == [(Step.CANCELLED, None, ended_at)]
    assert list(Order.objects.values_list("state", "paid_at", "ended_at")) == [(Step.CANCELLED, None, ended_at)] * 2
    assert tallied(TallyKind.VOIDED) == tallied(TallyKind.PLACED) == (2, 6, 5_400)
    assert list(Outbox.objects.order_by("seq").values_list("kind", "subject_id")) == [
        (OutboxKind.PURCHASE_PLACED, placed.purchase_id),
        (OutboxKind.PURCHASE_CANCELLED, placed.purchase_id),
    ]


def test_what_came_back_can_be_bought_again() -> None:
    chair = make_sku(deal_price_minor=700, deal_units=2, buyer_limit=2)
    shopper_id = make_shopper()
    placed = place_one(place_request(chair.deal_line(2), shopper_id=shopper_id))
    cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS)

    place_one(place_request(chair.deal_line(2), shopper_id=shopper_id))

    assert units_of(chair.deal_stock_id) == Units(2, reserved=2, sold=0)


def test_nobody_cancels_anothers_purchase() -> None:
    placed = place_one(place_request(make_sku().line(), shopper_id=make_shopper()))
    before = hot_rows()

    with pytest.raises(UnknownPurchase) as refused:
        cancel_purchase(purchase_id=placed.purchase_id, shopper_id=make_shopper(), now_ms=NOW_MS)

    assert refused.value == UnknownPurchase(purchase_id=placed.purchase_id)
    assert hot_rows() == before


@pytest.mark.parametrize("state", ["paid", "expired", "cancelled"])
def test_what_is_paid_or_has_ended_is_not_cancelled(state: str) -> None:
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=1_000)
    placed = place_one(place_request(make_sku().line(), shopper_id=shopper_id))
    if state == "paid":
        pay([pay_request(placed, shopper_id=shopper_id)])
    elif state == "expired":
        expire_purchases(now_ms=DUE_MS)
    else:
        cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS)
    before = hot_rows()

    with pytest.raises(NotCancellable) as refused:
        cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS)

    assert refused.value == NotCancellable(purchase_id=placed.purchase_id)
    assert hot_rows() == before


def test_purchases_expire_after_fifteen_minutes_and_not_before() -> None:
    chair = make_sku()
    place([place_request(chair.line(3), shopper_id=make_shopper()) for _ in range(4)])

    early = expire_purchases(now_ms=DUE_MS - 1)
    between = units_of(chair.stock_id)
    due = expire_purchases(now_ms=DUE_MS)

    assert (early, between, due) == (0, Units(100, reserved=12, sold=0), 4)
    assert units_of(chair.stock_id) == Units(100, reserved=0, sold=0)
    assert tallied(TallyKind.VOIDED) == (4, 12, 12_000)


def test_expired_purchases_expire_once() -> None:
    chair = make_sku()
    place_one(place_request(chair.line(3), shopper_id=make_shopper()))
    expire_purchases(now_ms=DUE_MS)
    before = hot_rows()

    assert expire_purchases(now_ms=DUE_MS + FIFTEEN_MINUTES_MS) == 0
    assert hot_rows() == before


def test_a_sweep_takes_as_many_batches_as_it_needs_and_gives_back_exactly_what_was_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(end_purchases, "EXPIRED_A_BATCH_MAX", 4)
    skus = [
        make_sku(merchant=make_merchant(lane=lane), deal_price_minor=700, deal_units=50, buyer_limit=9)
        for lane in (0, 31, 63)
    ]
    shopper_id = make_shopper()
    for _ in range(3):
        place([place_request(sku.deal_line(), sku.line(2), shopper_id=shopper_id) for sku in skus])

    expired = expire_purchases(now_ms=DUE_MS)

    assert expired == 9
    for sku in skus:
        assert units_of(sku.deal_stock_id) == Units(50, reserved=0, sold=0)
        assert units_of(sku.stock_id) == Units(100, reserved=0, sold=0)
        assert taken_by(deal_id=sku.deal_id, shopper_id=shopper_id) == 0
    assert tallied(TallyKind.VOIDED) == tallied(TallyKind.PLACED)


@pytest.mark.usefixtures("two_writers")
def test_a_sweep_ends_purchases_that_lie_at_two_writers() -> None:
    low, high = make_sku(merchant=make_merchant(lane=3)), make_sku(merchant=make_merchant(lane=60))
    place(
        [
            place_request(low.line(), high.line(2), shopper_id=make_shopper()),
            place_request(high.line(4), shopper_id=make_shopper()),
        ]
    )

    assert expire_purchases(now_ms=DUE_MS) == 2
    assert units_of(low.stock_id) == units_of(high.stock_id) == Units(100, reserved=0, sold=0)


def test_a_paid_purchase_never_expires() -> None:
    chair, shopper_id = make_sku(), make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=1_000)
    placed = place_one(place_request(chair.line(), shopper_id=shopper_id))
    pay([pay_request(placed, shopper_id=shopper_id)])

    assert expire_purchases(now_ms=DUE_MS + 86_400_000) == 0
    assert units_of(chair.stock_id) == Units(100, reserved=0, sold=1)


def test_a_pending_payment_extends_a_reservation_once_to_thirty_minutes() -> None:
    chair, shopper_id = make_sku(), make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=1_000)
    placed = place_one(place_request(chair.line(), shopper_id=shopper_id))

    extended = [extend_reservation(purchase_id=placed.purchase_id, now_ms=NOW_MS) for _ in range(2)]
    expired = expire_purchases(now_ms=DUE_MS + FIFTEEN_MINUTES_MS - 1)
    paid = pay([pay_request(placed, shopper_id=shopper_id)], now_ms=DUE_MS + FIFTEEN_MINUTES_MS - 1)

    assert (extended, expired) == ([True, False], 0)
    assert Purchase.objects.get().pay_before == NOW + timedelta(minutes=30)
    assert isinstance(paid[0], Paid)


def test_an_extended_reservation_expires_after_thirty_minutes_in_whatever_sweeps_came_before() -> None:
    chair = make_sku()
    placed = place_one(place_request(chair.line(), shopper_id=make_shopper()))
    extend_reservation(purchase_id=placed.purchase_id, now_ms=NOW_MS)
    for minutes in (1, 16, 29):
        expire_purchases(now_ms=NOW_MS + minutes * 60_000)

    assert expire_purchases(now_ms=DUE_MS + FIFTEEN_MINUTES_MS) == 1
    assert units_of(chair.stock_id) == Units(100, reserved=0, sold=0)


def test_what_is_paid_or_has_ended_is_not_extended() -> None:
    shopper_id = make_shopper()
    placed = place_one(place_request(make_sku().line(), shopper_id=shopper_id))
    cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS)
    before = hot_rows()

    assert extend_reservation(purchase_id=placed.purchase_id, now_ms=NOW_MS) is False
    assert hot_rows() == before


def test_the_next_sweep_starts_where_no_reservation_can_be_left() -> None:
    expire_purchases(now_ms=DUE_MS)

    assert Writer.objects.get().swept_to_ms == DUE_MS - 2 * FIFTEEN_MINUTES_MS
