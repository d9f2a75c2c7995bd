"""Presales from order to balance: what each step writes, what it refuses, and where the money is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fairground.catalog.models import Price
from fairground.checkout.rules.paying import AlreadyPaid, Paid, PurchaseEnded, WrongAmount
from fairground.checkout.rules.placing import PlacedPresale, PresaleAlone, UnknownDeal
from fairground.checkout.rules.presales import BalanceClosed, BalanceNotOpen
from fairground.dashboard.models import TallyKind
from fairground.festivals.models import Deal, DealPrice, Presale, PresalePrice
from fairground.kernel.models import Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import TransferKind
from fairground.orders.models import LineDiscount, Order, OrderLine, Purchase
from fairground.orders.rules import DepositEnd, Step
from fairground.promotions.rules.terms import DiscountStep
from fairground.settlement.rules.addresses import escrow_address
from tests.books import Units, hot_rows, tallied, units_of
from tests.factories import (
    NOW_MS,
    SkuMade,
    give_wallet,
    make_festival,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    next_id,
    pay,
    pay_request,
    place,
    place_request,
)
from tests.presales import (
    BALANCE,
    BALANCE_CLOSES,
    BALANCE_OPENS,
    CLOSES_MS,
    DEPOSIT,
    INFLATION,
    OPENS_MS,
    ORDERED_AT,
    ORDERED_MS,
    PRICE,
    TOTAL,
    balance_of,
    make_presale,
    pay_deposit,
    place_presale,
    wallet_of,
)

LANE = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """A presale of which a shopper with 5000 in the wallet ordered one unit."""

    presale: SkuMade
    shopper_id: int


@pytest.fixture
def scene(lone_writer: object) -> Scene:
    make_market(tax_rates_bps={"DE": 0})
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=5_000)
    return Scene(make_presale(merchant=make_merchant(lane=LANE), buyer_limit=3), shopper_id)


def in_escrow(scene: Scene) -> int:
    return balance_of(LANE, escrow_address(scene.presale.merchant.id, "EUR"))


def transfers() -> list[tuple[int, int]]:
    kinds = Transfer.objects.exclude(kind=TransferKind.TOP_UP).order_by("id")
    return list(kinds.values_list("kind", "amount_minor"))


def test_an_order_freezes_what_was_promised_and_says_what_is_due(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id, quantity=2)

    assert placed.total_minor == 2 * TOTAL
    assert placed.presale == PlacedPresale(2 * DEPOSIT, OPENS_MS, CLOSES_MS)
    row = Purchase.objects.get()
    assert (row.state, row.total_minor, row.deposit_minor) == (Step.PLACED, 2 * TOTAL, 2 * DEPOSIT)
    assert (row.balance_opens_at, row.balance_closes_at) == (BALANCE_OPENS, BALANCE_CLOSES)
    assert (row.deposited_at, row.deposit_end, row.balance_minor) == (None, None, None)
    order = Order.objects.get()
    assert (order.goods_minor, order.discount_minor, order.total_minor) == (2 * PRICE, 2 * INFLATION, 2 * TOTAL)
    assert list(LineDiscount.objects.values_list("step", "source", "funder", "amount_minor")) == [
        (
            DiscountStep.DEAL,
            f"presale:{scene.presale.deal_id}",
            f"merchant:{scene.presale.merchant.id}",
            2 * INFLATION,
        )
    ]
    assert units_of(scene.presale.deal_stock_id) == Units(10, reserved=2, sold=0)
    assert tallied(TallyKind.PLACED) == (1, 2, 2 * TOTAL)


def test_tax_follows_what_is_paid_and_not_what_the_deposit_is_worth(lone_writer: object) -> None:
    make_market(code="US", currency="USD", tax_included=False, tax_rates_bps={"DE": 1_000})
    presale = make_presale(market="US")

    placed = place_presale(presale, shopper_id=make_shopper())

    assert placed.total_minor == 950 + 95
    assert OrderLine.objects.values_list("goods_minor", "discount_minor", "tax_minor").get() == (1_000, 50, 95)


def test_a_presale_is_ordered_alone(scene: Scene) -> None:
    other = make_sku()
    before = hot_rows()

    lines = (scene.presale.deal_line(), other.line())
    outcomes = place([place_request(*lines, shopper_id=scene.shopper_id)], now_ms=ORDERED_MS)

    assert outcomes == [PresaleAlone(deal_id=scene.presale.deal_id)]
    assert hot_rows() == before


def test_a_presale_whose_deposit_is_for_another_price_is_not_offered(scene: Scene) -> None:
    DealPrice.objects.update(price_minor=PRICE + 1)

    outcomes = place([place_request(scene.presale.deal_line(), shopper_id=scene.shopper_id)], now_ms=ORDERED_MS)

    assert outcomes == [UnknownDeal(deal_id=scene.presale.deal_id, sku_id=scene.presale.id)]


def test_a_deposit_goes_into_escrow_and_keeps_the_units_until_the_balance_closes(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    at_ms = ORDERED_MS + 60_000

    outcomes = pay([pay_request(placed, shopper_id=scene.shopper_id, amount_minor=DEPOSIT)], now_ms=at_ms)

    assert outcomes == [Paid(placed.purchase_id, "EUR", DEPOSIT, at_ms, state=Step.DEPOSITED)]
    row = Purchase.objects.get()
    assert (row.state, row.pay_before, row.paid_at, row.ended_at) == (Step.DEPOSITED, BALANCE_CLOSES, None, None)
    assert row.deposited_at == ORDERED_AT + timedelta(minutes=1)
    assert Order.objects.get().state == Step.DEPOSITED
    assert in_escrow(scene) == DEPOSIT
    assert wallet_of(scene.shopper_id) == 5_000 - DEPOSIT
    assert transfers() == [(TransferKind.DEPOSIT, DEPOSIT)]
    assert units_of(scene.presale.deal_stock_id) == Units(10, reserved=1, sold=0)
    assert tallied(TallyKind.PAID) == (0, 0, 0)
    assert list(Outbox.objects.order_by("seq").values_list("kind", flat=True)) == [
        OutboxKind.PURCHASE_PLACED,
        OutboxKind.PURCHASE_DEPOSITED,
    ]


def test_the_balance_completes_it_and_both_payments_are_the_total(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    pay_deposit(placed, shopper_id=scene.shopper_id)

    outcomes = pay([pay_request(placed, shopper_id=scene.shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)

    assert outcomes == [Paid(placed.purchase_id, "EUR", BALANCE, OPENS_MS)]
    row = Purchase.objects.get()
    assert (row.state, row.paid_at, row.deposit_end) == (Step.PAID, BALANCE_OPENS, DepositEnd.COUNTED)
    assert (row.total_minor, row.balance_minor) == (TOTAL, BALANCE)
    assert Order.objects.values_list("state", "total_minor").get() == (Step.PAID, TOTAL)
    assert in_escrow(scene) == TOTAL
    assert wallet_of(scene.shopper_id) == 5_000 - TOTAL
    assert transfers() == [(TransferKind.DEPOSIT, DEPOSIT), (TransferKind.PURCHASE, BALANCE)]
    assert units_of(scene.presale.deal_stock_id) == Units(10, reserved=0, sold=1)
    assert tallied(TallyKind.PAID) == tallied(TallyKind.PLACED) == (1, 1, TOTAL)
    assert accounts_that_disagree() == []


@pytest.mark.parametrize(("today_minor", "balance_minor", "back_minor"), [(900, 800, 0), (100, 0, 0), (40, 0, 60)])
def test_goods_that_became_cheaper_cost_what_they_cost_now(
    today_minor: int, balance_minor: int, back_minor: int, scene: Scene
) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    pay_deposit(placed, shopper_id=scene.shopper_id)
    Price.objects.filter(sku_id=scene.presale.id).update(price_minor=today_minor)
    dear = pay_request(placed, shopper_id=scene.shopper_id, amount_minor=BALANCE)
    cheap = pay_request(placed, shopper_id=scene.shopper_id, amount_minor=balance_minor)

    outcomes = pay([dear, cheap], now_ms=OPENS_MS)

    assert outcomes == [
        WrongAmount(offered_minor=BALANCE, total_minor=balance_minor),
        Paid(placed.purchase_id, "EUR", balance_minor, OPENS_MS),
    ]
    row = Purchase.objects.get()
    assert (row.total_minor, row.balance_minor) == (today_minor, balance_minor - back_minor)
    assert in_escrow(scene) == today_minor
    assert wallet_of(scene.shopper_id) == 5_000 - today_minor
    gap_minor = TOTAL - today_minor
    assert LineDiscount.objects.get(source=f"guarantee:{scene.presale.deal_id}").amount_minor == gap_minor
    assert OrderLine.objects.get().discount_minor == INFLATION + gap_minor
    assert Order.objects.values_list("discount_minor", "total_minor").get() == (INFLATION + gap_minor, today_minor)
    assert tallied(TallyKind.PAID) == tallied(TallyKind.PLACED) == (1, 1, today_minor)
    assert accounts_that_disagree() == []


@pytest.mark.parametrize(("is_presale", "balance_minor"), [(False, 700), (True, BALANCE)])
def test_the_price_of_another_deal_that_is_open_counts_and_that_of_a_presale_does_not(
    is_presale: bool, balance_minor: int, scene: Scene
) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    pay_deposit(placed, shopper_id=scene.shopper_id)
    other = Deal.objects.create(
        id=next_id(lane=LANE),
        lane=LANE,
        festival_id=make_festival(slug="another"),
        sku_id=scene.presale.id,
        units=1,
        opens_at=BALANCE_OPENS,
        closes_at=BALANCE_CLOSES,
    )
    DealPrice.objects.create(deal=other, market_id="EU", price_minor=800, currency="EUR")
    if is_presale:
        Presale.objects.create(deal=other, balance_opens_at=BALANCE_OPENS, balance_closes_at=BALANCE_CLOSES)

    request = pay_request(placed, shopper_id=scene.shopper_id, amount_minor=balance_minor)

    assert pay([request], now_ms=OPENS_MS) == [Paid(placed.purchase_id, "EUR", balance_minor, OPENS_MS)]


def test_a_deposit_and_its_balance_may_stand_in_one_batch(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    Purchase.objects.update(balance_opens_at=ORDERED_AT)
    requests = [pay_request(placed, shopper_id=scene.shopper_id, amount_minor=one) for one in (DEPOSIT, BALANCE)]

    outcomes = pay(requests, now_ms=ORDERED_MS + 1)

    assert [getattr(one, "state", one) for one in outcomes] == [Step.DEPOSITED, Step.PAID]
    assert in_escrow(scene) == TOTAL
    assert Purchase.objects.get().deposit_end == DepositEnd.COUNTED


def test_a_payment_asked_for_again_answers_as_it_did(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    deposit, balance = (
        pay_request(placed, shopper_id=scene.shopper_id, amount_minor=one) for one in (DEPOSIT, BALANCE)
    )
    first = pay([deposit], now_ms=ORDERED_MS + 1)
    second = pay([balance], now_ms=OPENS_MS)
    before = hot_rows()

    again = pay([deposit, balance], now_ms=OPENS_MS + 5)

    assert [(one.amount_minor, one.paid_at_ms, one.state, one.replayed) for one in again if isinstance(one, Paid)] == [
        (one.amount_minor, one.paid_at_ms, one.state, True) for one in first + second if isinstance(one, Paid)
    ]
    assert hot_rows() == before


Case = tuple[int, int, Callable[[int], Refusal]]
REFUSED: dict[str, Case] = {
    "the whole at once": (TOTAL, OPENS_MS, lambda it: WrongAmount(offered_minor=TOTAL, total_minor=BALANCE)),
    "the balance before its window": (
        BALANCE,
        OPENS_MS - 1,
        lambda it: BalanceNotOpen(purchase_id=it, opens_at_ms=OPENS_MS),
    ),
    "the balance after its window": (
        BALANCE,
        CLOSES_MS,
        lambda it: BalanceClosed(purchase_id=it, closed_at_ms=CLOSES_MS),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_balance_is_refused_with_its_facts_and_nothing_changes(name: str, scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    pay_deposit(placed, shopper_id=scene.shopper_id)
    amount_minor, now_ms, refusal = REFUSED[name]
    before = hot_rows()

    outcomes = pay([pay_request(placed, shopper_id=scene.shopper_id, amount_minor=amount_minor)], now_ms=now_ms)

    assert outcomes == [refusal(placed.purchase_id)]
    assert hot_rows() == before


def test_the_deposit_alone_is_due_before_anything_is_paid(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)

    outcomes = pay([pay_request(placed, shopper_id=scene.shopper_id)], now_ms=ORDERED_MS)

    assert outcomes == [WrongAmount(offered_minor=TOTAL, total_minor=DEPOSIT)]


def test_a_deposit_is_not_taken_when_its_balance_could_not_be_paid_any_more(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    Purchase.objects.update(pay_before=BALANCE_CLOSES + timedelta(days=1))

    outcomes = pay([pay_request(placed, shopper_id=scene.shopper_id, amount_minor=DEPOSIT)], now_ms=CLOSES_MS)

    assert outcomes == [PurchaseEnded(purchase_id=placed.purchase_id)]


def test_what_is_paid_is_not_paid_again(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    pay_deposit(placed, shopper_id=scene.shopper_id)
    pay([pay_request(placed, shopper_id=scene.shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)

    outcomes = pay([pay_request(placed, shopper_id=scene.shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)

    assert outcomes == [AlreadyPaid(purchase_id=placed.purchase_id)]


BROKEN: dict[str, dict[str, Any]] = {
    "inv_22_deposit_ends_once": {"deposit_end": DepositEnd.RETURNED},
    "inv_23_presale_paid_is_total": {"balance_minor": BALANCE - 1},
    "purchase_presale_has_its_terms": {"balance_opens_at": None},
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_holds_who_breaks_a_promise_about_a_presale(name: str, scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    pay_deposit(placed, shopper_id=scene.shopper_id)
    pay([pay_request(placed, shopper_id=scene.shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Purchase.objects.update(**BROKEN[name])


def test_the_database_takes_no_second_deposit_of_an_order(scene: Scene) -> None:
    placed = place_presale(scene.presale, shopper_id=scene.shopper_id)
    pay_deposit(placed, shopper_id=scene.shopper_id)
    first = Transfer.objects.get(kind=TransferKind.DEPOSIT)

    with pytest.raises(IntegrityError, match="inv_22_deposit_paid_once"), transaction.atomic():
        Transfer.objects.create(
            lane=first.lane,
            id=first.id + 1,
            debit_account_id=first.debit_account_id,
            credit_account_id=first.credit_account_id,
            amount_minor=1,
            currency="EUR",
            kind=TransferKind.DEPOSIT,
            order_id=first.order_id,
            at=ORDERED_AT,
        )


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("presaleprice_leaves_a_balance", {"deposit_minor": PRICE - INFLATION}),
        ("presaleprice_deposit_within_law", {"deposit_max_bps": 1_052}),
    ],
)
def test_the_database_takes_no_deposit_beyond_its_bounds(name: str, changes: dict[str, int], scene: Scene) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PresalePrice.objects.update(**changes)


def test_an_ordinary_purchase_has_no_deposit_and_no_discount(scene: Scene) -> None:
    outcomes = place([place_request(make_sku().line(), shopper_id=scene.shopper_id)], now_ms=NOW_MS)

    assert [getattr(one, "presale", one) for one in outcomes] == [None]
    assert Purchase.objects.values_list("deposit_minor", "deposit_mode", "balance_opens_at").get() == (0, None, None)
    assert not LineDiscount.objects.exists()
