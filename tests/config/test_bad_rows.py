"""Rows broken on purpose among hundreds: the chores of the background do the rest, and these when they are mended."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseReason, CaseState
from fairground.aftersales.tasks import follow_deadlines
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.begin_payments import begin_top_up
from fairground.checkout.payment_tasks import attend_due_payments
from fairground.checkout.rules.placing import Placed
from fairground.checkout.tasks import complete_orders, expire_reservations
from fairground.config.background import try_rows_again
from fairground.config.rota import Chore, Rota
from fairground.fulfilment.models import AwaitedReceipt
from fairground.kernel.aside import rows_aside
from fairground.kernel.ids import lane_of
from fairground.kernel.keys import draw_key
from fairground.kernel.models import SetAside, Writer
from fairground.kernel.outbox import consume_outbox
from fairground.kernel.writer import take_turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import Step
from fairground.payments.life import PaymentState
from fairground.payments.models import Payment
from fairground.settlement.actions.release_orders import note_completed, release_orders
from fairground.settlement.actions.settle_deposits import note_deposits
from fairground.settlement.due import DepositOwed
from fairground.settlement.models import DepositDue, Due, Entry, Release
from fairground.settlement.rules.addresses import owed_penalties_address, penalties_address
from fairground.settlement.rules.payouts import EntryKind
from fairground.settlement.tasks import CONSUMER, release_completed, settle_ended_deposits
from tests.cases import ask, ship
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
    place,
    place_request,
)
from tests.payments.local_provider import LocalProvider
from tests.refunding import make_scene
from tests.rehearsal.damages import run

pytestmark = pytest.mark.usefixtures("writer")

MANY = 240


@pytest.fixture(autouse=True)
def market(writer: object) -> None:
    make_market()


def buy(*, paid: bool = True) -> tuple[SkuMade, list[int], list[int]]:
    """Buy so many chairs of one merchant, the first of another; return that one's chair, the orders, the purchases."""
    chair, other = (make_sku(price_minor=1_000, units=MANY, merchant=make_merchant(lane=lane)) for lane in (3, 4))
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=MANY * 2_000)
    asked = [place_request((chair if at else other).line(), shopper_id=shopper_id) for at in range(MANY)]
    placed = [one for one in place(asked) if isinstance(one, Placed)]
    if paid:
        pay([pay_request(one, shopper_id=shopper_id) for one in placed])
    return other, [one.orders[0].order_id for one in placed], [one.purchase_id for one in placed]


def aside() -> list[tuple[str, str]]:
    return [(one.chore, one.row_key) for one in rows_aside()]


def try_them() -> None:
    """Let the next try of everything that is set aside have come."""
    SetAside.objects.update(next_try_at=datetime.now(UTC) - timedelta(seconds=1))
    try_rows_again()


def test_an_order_that_can_not_be_released_stops_no_other_and_is_released_when_it_is_mended() -> None:
    other, order_ids, _ = buy()
    for step in (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED):
        advance_orders(order_ids=order_ids, then=step, now_ms=NOW_MS)
    escrow = f"address = 'merchant:{other.merchant.id}:escrow:EUR'"
    assert run(f"UPDATE ledger_account SET debits_posted_minor = credits_posted_minor WHERE {escrow}") == 1
    consume_outbox(consumer=CONSUMER, handle=note_completed)
    rota = Rota([Chore(release_completed, every_s=60.0)], clock_s=lambda: 0.0)

    for _ in range(2):
        rota.do_next()

    bad = order_ids[0]
    assert (Release.objects.count(), list(Due.objects.values_list("order_id", flat=True))) == (MANY - 1, [bad])
    assert aside() == [("releases", str(bad))]
    (told,) = rows_aside()
    assert told.error.startswith("IntegrityError 23514 ")
    assert told.place.startswith("fairground/ledger/")
    assert release_orders(now_ms=NOW_MS) == 0
    assert [one.in_a_row for one in rota.failures.values()] == [0]

    assert run(f"UPDATE ledger_account SET debits_posted_minor = 0 WHERE {escrow}") == 1
    try_them()

    assert (Release.objects.count(), Due.objects.count(), aside()) == (MANY, 0, [])
    assert accounts_that_disagree() == []


def test_a_purchase_that_can_not_expire_stops_no_other_and_is_swept_when_it_is_mended() -> None:
    other, _, purchase_ids = buy(paid=False)
    stock = f"WHERE id = {other.stock_id}"
    assert run(f"UPDATE inventory_stock SET reserved = 0 {stock}") == 1
    before = Writer.objects.get().swept_to_ms

    while expire_reservations():
        pass

    placed = Purchase.objects.filter(state=Step.PLACED)
    assert (list(placed.values_list("id", flat=True)), aside()) == (
        [purchase_ids[0]],
        [("expiries", str(purchase_ids[0]))],
    )
    # It is not settled: what it says of purchases placed before would not be true.
    assert Writer.objects.get().swept_to_ms == before

    assert run(f"UPDATE inventory_stock SET reserved = 1 {stock}") == 1
    try_them()
    expire_reservations()

    assert (placed.all().count(), aside()) == (0, [])
    assert Writer.objects.get().swept_to_ms > before


def test_an_order_that_can_not_go_on_by_itself_stops_no_other() -> None:
    _, order_ids, purchase_ids = buy()
    advance_orders(order_ids=order_ids, then=Step.SHIPPED, now_ms=NOW_MS)
    AwaitedReceipt.objects.update(due_at=datetime.now(UTC) - timedelta(days=1))
    # A line's order says that it belongs to a purchase that there is not.
    run(f"UPDATE orders_order SET purchase_id = 7 WHERE id = {order_ids[0]}")

    while complete_orders():
        pass

    assert list(Order.objects.filter(state=Step.SHIPPED).values_list("id", flat=True)) == [order_ids[0]]
    assert aside() == [("receipts", str(order_ids[0]))]

    run(f"UPDATE orders_order SET purchase_id = {purchase_ids[0]} WHERE id = {order_ids[0]}")
    try_them()

    assert (Order.objects.filter(state=Step.SHIPPED).count(), aside()) == (0, [])


def test_a_payment_that_can_not_be_booked_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = LocalProvider()
    monkeypatch.setattr("fairground.checkout.payment_tasks.configured_providers", lambda: {"local": provider})
    first = begin_top_up(
        shopper_id=make_shopper(), provider="local", amount_minor=500, currency="EUR", key=draw_key(now_ms=NOW_MS),
        now_ms=NOW_MS,
    )  # fmt: skip
    names = "lane, shopper_id, provider, amount_minor, currency, state, begun_at, look_at"
    assert (
        run(
            f"INSERT INTO payments_payment (id, key, {names})"
            f" SELECT id + n * (1 << 22), gen_random_uuid(), {names}"
            f" FROM payments_payment, generate_series(2, {MANY}) AS n"
        )
        == MANY - 1
    )
    # A part of the wallet is said to be set aside for it, by a transfer that there is not.
    run(f"UPDATE payments_payment SET purchase_id = 7, hold_id = 1, wallet_minor = 100 WHERE id = {first.id}")

    while attend_due_payments():
        pass

    under_way = Payment.objects.exclude(state=PaymentState.ENDED.value)
    assert [one.id for one in under_way] == [first.id]
    assert aside() == [("payments", str(first.key))]

    run(f"UPDATE payments_payment SET purchase_id = NULL, hold_id = NULL, wallet_minor = 0 WHERE id = {first.id}")
    SetAside.objects.update(next_try_at=datetime.now(UTC))
    attend_due_payments()

    assert (under_way.all().count(), aside()) == (0, [])


def test_a_case_whose_deadline_can_not_be_followed_stops_no_other() -> None:
    scene = make_scene()
    ship(scene.chairs, scene.lamps)
    case_id = ask(scene, scene.lamps, 1, reason=CaseReason.MISSING).case_id
    names = (
        "order_id, purchase_id, shopper_id, merchant_id, market, reason, wish, state, needs_return, opened_at,"
        " tracking, days"
    )
    run(
        f"INSERT INTO aftersales_case (id, case_no, due_at, {names})"
        f" SELECT id + n * (1 << 22), n, due_at + n * interval '1 second', {names}"
        f" FROM aftersales_case, generate_series(2, {MANY}) AS n"
    )
    run("UPDATE aftersales_case SET due_at = due_at - interval '90 days'")
    # An order in a lane that there is not, so nobody has its turn.
    run(f"UPDATE aftersales_case SET order_id = 99 << 12 WHERE id = {case_id}")

    while follow_deadlines():
        pass

    opened = Case.objects.filter(state=CaseState.OPENED.value)
    assert [one.id for one in opened] == [case_id]
    assert Case.objects.filter(state=CaseState.ESCALATED.value).count() == MANY - 1
    assert aside() == [("case-deadlines", str(case_id))]

    run(f"UPDATE aftersales_case SET order_id = {scene.lamps} WHERE id = {case_id}")
    try_them()

    assert (opened.all().count(), aside()) == (0, [])


def test_a_deposit_that_can_not_be_settled_stops_no_other_and_is_settled_when_it_is_mended() -> None:
    other, order_ids, _ = buy()
    merchants = dict(Order.objects.filter(id__in=order_ids).values_list("id", "merchant_id"))
    note_deposits([DepositOwed(one, merchants[one], "EUR", EntryKind.PENALTY, 7) for one in order_ids])
    # What the merchants owe lies there as a presale that is broken off leaves it, except of one.
    chair_id = next(one for one in merchants.values() if one != other.merchant.id)
    with transaction.atomic():
        turn = take_turn(writer_ids=[Writer.objects.get().id], now_ms=NOW_MS, ids_max=9, outbox_rows=0)
        accounts = [
            AccountWanted(lane_of(chair_id), owed_penalties_address(chair_id, "EUR"), AccountKind.DEBIT_NORMAL, "EUR"),
            AccountWanted(lane_of(chair_id), penalties_address("EUR"), AccountKind.FREE, "EUR"),
        ]
        owed, fronted = (open_accounts(turn=turn, wanted=accounts)[one.lane, one.address].id for one in accounts)
        minor = 7 * (MANY - 1)
        move = NewTransfer(owed, fronted, minor, "EUR", TransferKind.PENALTY, None, False, lane_of(chair_id))
        post_transfers(turn=turn, transfers=[move], now_ms=NOW_MS)

    settle_ended_deposits()

    bad = str(order_ids[0])
    assert (Entry.objects.filter(kind=EntryKind.PENALTY).count(), aside()) == (MANY - 1, [("deposits", bad)])
    assert list(DepositDue.objects.values_list("order_id", flat=True)) == [order_ids[0]]
    assert not settle_ended_deposits()
    assert accounts_that_disagree() == []

    DepositDue.objects.all().delete()
    try_them()

    assert aside() == []
