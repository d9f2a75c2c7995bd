"""Paying purchases from wallets: one durable transaction a batch."""

from collections.abc import Collection, Mapping, Sequence

from django.db import connection
from msgspec.structs import replace

from fairground.checkout.figures import order_figures
from fairground.checkout.queries import known_keys
from fairground.checkout.rules.paying import (
    OrderOfPurchase,
    Paid,
    PayDecision,
    PaymentPlan,
    PayRequest,
    PurchaseFacts,
    decide_payments,
    escrow_address,
    wallet_asked,
)
from fairground.checkout.rules.placing import Replayed, ReplayedInBatch
from fairground.checkout.turns import with_turn
from fairground.dashboard.actions import OrderFigures, add_tallies
from fairground.dashboard.models import TallyKind
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OUTBOX_ROWS, OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.queries import balances
from fairground.ledger.rules import AccountKind, AccountState, AccountWanted, NewTransfer, TransferKind
from fairground.orders.actions import set_order_states, set_purchase_states
from fairground.orders.rows import KEY_ROWS
from fairground.orders.rules import Step
from fairground.payments.rules import wallet_address

# A purchase has at most as many orders as lines (catalog.rules.LINES_MAX); a transfer each, and its escrow may be new.
ORDERS_A_PURCHASE_MAX = 100

PayOutcome = Paid | Refusal


def pay_purchases(batch: Sequence[PayRequest], *, now_ms: int) -> list[PayOutcome]:
    """Pay each purchase in full from its shopper's wallet into the merchants' escrow, or refuse, in arrival order.

    A guest that went into another shopper pays from that one's. It returned, so what is paid is committed; a refusal
    moved nothing. Run again with the same requests it answers
    the same for those that were paid.
    """
    lanes = [lane_of(request.shopper_id) for request in batch]

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> list[PayOutcome]:
        wallets = _read_wallets({wallet_asked(request, purchases) for request in batch})
        decisions = decide_payments(
            batch,
            purchases=purchases,
            keys=known_keys([(request.key, request.shopper_id) for request in batch]),
            available_minor={who: wallet.available_minor for who, wallet in wallets.items()},
            now_ms=now_ms,
        )
        plans = [one for one in decisions if type(one) is PaymentPlan]
        _write(turn, plans, [wallets[wallet_asked(plan.request, purchases)] for plan in plans], now_ms)
        return _outcomes(batch, decisions, purchases, now_ms)

    return with_turn(
        work,
        purchase_ids=[request.purchase_id for request in batch],
        lanes=lanes,
        now_ms=now_ms,
        ids_max=len(batch) * ORDERS_A_PURCHASE_MAX,
        outbox_rows=len(batch),
    )


def _read_wallets(asked: Collection[tuple[int, str]]) -> dict[tuple[int, str], AccountState]:
    address_of = {who: (lane_of(who[0]), wallet_address(*who)) for who in asked}
    found = balances(address_of.values())
    return {who: found[address] for who, address in address_of.items() if address in found}


def _write(turn: Turn, plans: list[PaymentPlan], wallets: list[AccountState], now_ms: int) -> None:
    if not plans:
        return
    escrows = open_accounts(
        turn=turn, wanted={_escrow(plan, order) for plan in plans for order in plan.purchase.orders}
    )
    transfers: list[NewTransfer] = []
    keys: list[bytes] = []
    outbox: list[bytes] = []
    moved: dict[int, int] = {}
    figures: list[OrderFigures] = []
    for plan, wallet in zip(plans, wallets, strict=True):
        purchase, request = plan.purchase, plan.request
        lane = lane_of(purchase.purchase_id)
        keys.append(KEY_ROWS.row(request.key, request.shopper_id, lane, purchase.purchase_id, request.request_hash))
        seq = turn.outbox_seq + len(keys)
        outbox.append(
            OUTBOX_ROWS.row(turn.writer_id, seq, OutboxKind.PURCHASE_PAID.value, purchase.purchase_id, now_ms)
        )
        for order in purchase.orders:
            escrow = _escrow(plan, order)
            transfers.append(
                NewTransfer(
                    debit_account_id=wallet.id,
                    credit_account_id=escrows[escrow.lane, escrow.address].id,
                    amount_minor=order.total_minor,
                    currency=request.currency,
                    kind=TransferKind.PURCHASE,
                    order_id=order.order_id,
                    pending=False,
                    lane=lane_of(order.order_id),
                )
            )
            for stock_id, quantity in zip(order.stock_ids, order.quantities, strict=True):
                moved[stock_id] = moved.get(stock_id, 0) + quantity
            figures.append(order_figures(order, currency=request.currency, kind=TallyKind.PAID))
    at = from_unix_ms(now_ms)
    set_purchase_states([plan.purchase.purchase_id for plan in plans], now=Step.PLACED, then=Step.PAID, at=at)
    order_ids = [order.order_id for plan in plans for order in plan.purchase.orders]
    set_order_states(order_ids, now=Step.PLACED, then=Step.PAID, at=at)
    move_units({stock_id: UnitsMoved(-units, units) for stock_id, units in moved.items()})
    post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
    with connection.cursor() as cursor:
        KEY_ROWS.write(cursor, keys)
        OUTBOX_ROWS.write(cursor, outbox)
    add_tallies(turn=turn, second=now_ms // 1000, figures=figures)


def _escrow(plan: PaymentPlan, order: OrderOfPurchase) -> AccountWanted:
    currency = plan.request.currency
    address = escrow_address(order.merchant_id, currency)
    return AccountWanted(lane_of(order.order_id), address, AccountKind.CREDIT_NORMAL, currency)


def _outcomes(
    batch: Sequence[PayRequest],
    decisions: list[PayDecision],
    purchases: Mapping[int, PurchaseFacts],
    now_ms: int,
) -> list[PayOutcome]:
    outcomes: list[PayOutcome] = []
    for request, decision in zip(batch, decisions, strict=True):
        if isinstance(decision, Refusal):
            outcomes.append(decision)
        elif type(decision) is ReplayedInBatch:
            first = outcomes[decision.position]
            assert isinstance(first, Paid), first
            outcomes.append(replace(first, replayed=True))
        else:
            before_ms = purchases[request.purchase_id].paid_at_ms
            outcomes.append(
                Paid(
                    purchase_id=request.purchase_id,
                    currency=request.currency,
                    amount_minor=request.amount_minor,
                    paid_at_ms=now_ms if before_ms is None else before_ms,
                    replayed=type(decision) is Replayed,
                )
            )
    return outcomes
