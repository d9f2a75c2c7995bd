"""Paying from the wallet: each refusal with its facts, and what a payment moves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from msgspec.structs import replace

from fairground.checkout.actions.end_purchases import cancel_purchase, expire_purchases
from fairground.checkout.rules.paying import (
    AlreadyPaid,
    InsufficientFunds,
    Paid,
    PayRequest,
    PurchaseEnded,
    UnknownPurchase,
    WrongAmount,
)
from fairground.checkout.rules.placing import KeyReused, Placed, WrongCurrency
from fairground.dashboard.models import TallyKind
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree, balances, trial_balance
from fairground.ledger.rules import TransferKind
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import Step
from fairground.payments.rules import wallet_address
from fairground.settlement.rules.addresses import escrow_address
from tests.books import Units, hot_rows, tallied, units_of
from tests.factories import (
    NOW,
    NOW_MS,
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    next_key,
    pay,
    pay_request,
    place,
    place_one,
    place_request,
)

ONE_MINUTE_LATER_MS = NOW_MS + 60_000
TOO_LATE_MS = NOW_MS + 15 * 60_000


@dataclass(frozen=True, slots=True)
class Scene:
    """A purchase of 2 chairs at 1000 and a lamp at 500 of another merchant, and 2600 in its shopper's wallet."""

    chair: SkuMade
    lamp: SkuMade
    shopper_id: int
    placed: Placed


@pytest.fixture
def scene(lone_writer: object) -> Scene:
    make_market()
    chair = make_sku(merchant=make_merchant(lane=30))
    lamp = make_sku(merchant=make_merchant(lane=40), price_minor=500)
    shopper_id = make_shopper(lane=50)
    give_wallet(shopper_id=shopper_id, amount_minor=2_600)
    placed = place_one(place_request(chair.line(2), lamp.line(), shopper_id=shopper_id))
    return Scene(chair, lamp, shopper_id, placed)


def balance_minor(lane: int, address: str) -> int:
    return balances([(lane, address)])[lane, address].balance_minor


def wallet_minor(shopper_id: int) -> int:
    return balance_minor(lane_of(shopper_id), wallet_address(shopper_id, "EUR"))


def test_a_payment_moves_the_money_into_each_merchants_escrow_and_sells_the_units(scene: Scene) -> None:
    request = pay_request(scene.placed, shopper_id=scene.shopper_id)

    outcomes = pay([request], now_ms=ONE_MINUTE_LATER_MS)

    assert outcomes == [Paid(scene.placed.purchase_id, "EUR", 2_500, ONE_MINUTE_LATER_MS, replayed=False)]
    assert wallet_minor(scene.shopper_id) == 100
    assert balance_minor(30, escrow_address(scene.chair.merchant.id, "EUR")) == 2_000
    assert balance_minor(40, escrow_address(scene.lamp.merchant.id, "EUR")) == 500
    assert sorted(
        Transfer.objects.filter(kind=TransferKind.PURCHASE).values_list("order_id", "amount_minor")
    ) == sorted((order.order_id, order.total_minor) for order in scene.placed.orders)
    assert units_of(scene.chair.stock_id) == Units(100, reserved=0, sold=2)
    assert units_of(scene.lamp.stock_id) == Units(100, reserved=0, sold=1)
    paid_at = NOW + timedelta(minutes=1)
    assert list(Purchase.objects.values_list("state", "paid_at", "ended_at")) == [(Step.PAID, paid_at, None)]
    assert list(Order.objects.values_list("state", "paid_at", "ended_at")) == [(Step.PAID, paid_at, None)] * 2
    assert tallied(TallyKind.PAID) == (2, 3, 2_500)
    assert list(Outbox.objects.order_by("seq").values_list("kind", "subject_id"))[-1] == (
        OutboxKind.PURCHASE_PAID,
        scene.placed.purchase_id,
    )
    assert accounts_that_disagree() == []
    (books,) = trial_balance()
    assert (books.debits_posted_minor, books.credits_posted_minor) == (5_100, 5_100)


Case = tuple[Callable[[Scene], PayRequest], Callable[[Scene], Refusal]]
CASES: dict[str, Case] = {
    "by another shopper": (
        lambda s: pay_request(s.placed, shopper_id=make_shopper()),
        lambda s: UnknownPurchase(purchase_id=s.placed.purchase_id),
    ),
    "too little": (
        lambda s: pay_request(s.placed, shopper_id=s.shopper_id, amount_minor=2_499),
        lambda s: WrongAmount(offered_minor=2_499, total_minor=2_500),
    ),
    "too much": (
        lambda s: pay_request(s.placed, shopper_id=s.shopper_id, amount_minor=2_501),
        lambda s: WrongAmount(offered_minor=2_501, total_minor=2_500),
    ),
    "in another currency": (
        lambda s: pay_request(s.placed, shopper_id=s.shopper_id, currency="USD"),
        lambda s: WrongCurrency(asked="USD", currency="EUR"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_payment_is_refused_with_its_facts_and_nothing_changes(name: str, scene: Scene) -> None:
    request, refusal = CASES[name]
    asked, expected = request(scene), refusal(scene)
    before = hot_rows()

    assert pay([asked]) == [expected]
    assert hot_rows() == before


@pytest.mark.parametrize("purchase_id", [1, (1 << 63) - 1, 63 << 12])
def test_a_purchase_that_there_is_not_is_unknown(scene: Scene, purchase_id: int) -> None:
    asked = PayRequest(scene.shopper_id, next_key(), b"\0" * 16, purchase_id, 2_500, "EUR")

    assert pay([asked]) == [UnknownPurchase(purchase_id=purchase_id)]


def test_a_wallet_that_holds_too_little_pays_nothing(scene: Scene) -> None:
    dear = place_one(place_request(scene.chair.line(3), shopper_id=scene.shopper_id))
    before = hot_rows()

    outcomes = pay([pay_request(dear, shopper_id=scene.shopper_id)])

    assert outcomes == [InsufficientFunds(available_minor=2_600, total_minor=3_000)]
    assert hot_rows() == before


def test_without_a_wallet_nothing_is_paid(scene: Scene) -> None:
    poor = make_shopper()
    placed = place_one(place_request(scene.lamp.line(), shopper_id=poor))

    assert pay([pay_request(placed, shopper_id=poor)]) == [InsufficientFunds(available_minor=0, total_minor=500)]


def test_in_a_batch_a_wallet_pays_what_it_holds_and_no_more(scene: Scene) -> None:
    second = place_one(place_request(scene.lamp.line(), shopper_id=scene.shopper_id))

    outcomes = pay([pay_request(one, shopper_id=scene.shopper_id) for one in (scene.placed, second)])

    assert outcomes[1] == InsufficientFunds(available_minor=100, total_minor=500)
    assert wallet_minor(scene.shopper_id) == 100


@pytest.mark.parametrize("same_batch", [True, False], ids=["same batch", "later"])
def test_a_purchase_is_paid_once_whatever_the_key(scene: Scene, same_batch: bool) -> None:
    give_wallet(shopper_id=scene.shopper_id, amount_minor=10_000)
    requests = [pay_request(scene.placed, shopper_id=scene.shopper_id) for _ in range(2)]

    outcomes = pay(requests) if same_batch else [*pay(requests[:1]), *pay(requests[1:])]

    assert [type(outcomes[0]), outcomes[1]] == [Paid, AlreadyPaid(purchase_id=scene.placed.purchase_id)]
    assert wallet_minor(scene.shopper_id) == 10_100


def test_the_same_payment_twice_in_a_batch_is_one_effect_and_one_answer(scene: Scene) -> None:
    request = pay_request(scene.placed, shopper_id=scene.shopper_id)

    first, second = pay([request, request])

    assert isinstance(first, Paid)
    assert second == replace(first, replayed=True)
    assert wallet_minor(scene.shopper_id) == 100


def test_the_same_payment_later_answers_the_same_and_moves_nothing(scene: Scene) -> None:
    request = pay_request(scene.placed, shopper_id=scene.shopper_id)
    pay([request], now_ms=ONE_MINUTE_LATER_MS)
    before = hot_rows()

    outcomes = pay([request], now_ms=TOO_LATE_MS)

    assert outcomes == [Paid(scene.placed.purchase_id, "EUR", 2_500, ONE_MINUTE_LATER_MS, replayed=True)]
    assert hot_rows() == before


def test_a_payments_key_used_again_for_another_amount_is_refused(scene: Scene) -> None:
    key = next_key()
    pay([pay_request(scene.placed, shopper_id=scene.shopper_id, key=key)])
    before = hot_rows()

    outcomes = pay([pay_request(scene.placed, shopper_id=scene.shopper_id, key=key, amount_minor=1)])

    assert outcomes == [KeyReused()]
    assert hot_rows() == before


def test_a_purchases_key_is_refused_for_its_payment_and_the_other_way_round(scene: Scene) -> None:
    placing, paying = next_key(), next_key()
    second = place_one(place_request(scene.lamp.line(), shopper_id=scene.shopper_id, key=placing))
    pay([pay_request(second, shopper_id=scene.shopper_id, key=paying)])
    before = hot_rows()

    outcomes = [
        *pay([pay_request(scene.placed, shopper_id=scene.shopper_id, key=placing)]),
        *place([place_request(scene.lamp.line(2), shopper_id=scene.shopper_id, key=paying)]),
    ]

    assert outcomes == [KeyReused(), KeyReused()]
    assert hot_rows() == before


def test_a_purchase_can_be_paid_in_the_last_millisecond_and_no_later(scene: Scene) -> None:
    request = pay_request(scene.placed, shopper_id=scene.shopper_id)
    before = hot_rows()

    refused = pay([request], now_ms=TOO_LATE_MS)
    untouched = hot_rows() == before
    paid = pay([request], now_ms=TOO_LATE_MS - 1)

    assert refused == [PurchaseEnded(purchase_id=scene.placed.purchase_id)]
    assert untouched
    assert isinstance(paid[0], Paid)


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
def test_a_purchase_that_ended_is_not_paid(scene: Scene, ending: str) -> None:
    if ending == "expired":
        expire_purchases(now_ms=TOO_LATE_MS)
    else:
        cancel_purchase(purchase_id=scene.placed.purchase_id, shopper_id=scene.shopper_id, now_ms=NOW_MS)
    before = hot_rows()

    outcomes = pay([pay_request(scene.placed, shopper_id=scene.shopper_id)])

    assert outcomes == [PurchaseEnded(purchase_id=scene.placed.purchase_id)]
    assert hot_rows() == before


def test_one_batch_pays_many_shoppers_into_one_escrow(scene: Scene) -> None:
    requests = []
    for _ in range(20):
        shopper_id = make_shopper(lane=9)
        give_wallet(shopper_id=shopper_id, amount_minor=500)
        placed = place_one(place_request(scene.lamp.line(), shopper_id=shopper_id))
        requests.append(pay_request(placed, shopper_id=shopper_id))

    outcomes = pay(requests)

    assert {type(one) for one in outcomes} == {Paid}
    assert balance_minor(40, escrow_address(scene.lamp.merchant.id, "EUR")) == 10_000
    assert units_of(scene.lamp.stock_id) == Units(100, reserved=1, sold=20)
    assert accounts_that_disagree() == []
