"""Paying purchases from wallets: one durable transaction a batch."""

from collections.abc import Collection, Mapping, Sequence

from django.db import connection
from msgspec.structs import replace

from fairground.checkout.actions.pay_presales import write_presales
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
from fairground.settlement.rules.addresses import escrow_address

# A purchase has at most as many orders as lines (catalog.rules.LINES_MAX); a transfer each, and its escrow may be new.
ORDERS_A_PURCHASE_MAX = 100

PayOutcome = Paid | Refusal


def pay_purchases(batch: Sequence[PayRequest], *, now_ms: int) -> list[PayOutcome]:
    """Pay what is due of each purchase from a wallet into the merchants' escrow, or refuse, in arrival order.

    A guest that went into another shopper pays from that one's. It returned, so what is paid is committed; a refusal
    moved nothing. Run again with the same requests it answers
    the same for those that were paid.
    """
    lanes = [lane_of(request.shopper_id) for request in batch]

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> list[PayOutcome]:
        return pay_under_turn(turn, batch, purchases, now_ms=now_ms)

    return with_turn(
        work,
        purchase_ids=[request.purchase_id for request in batch],
        lanes=lanes,
        now_ms=now_ms,
        ids_max=len(batch) * ORDERS_A_PURCHASE_MAX,
        outbox_rows=len(batch),
    )


def pay_under_turn(
    turn: Turn,
    batch: Sequence[PayRequest],
    purchases: Mapping[int, PurchaseFacts],
    *,
    now_ms: int,
    beside: Sequence[OrderFigures] = (),
) -> list[PayOutcome]:
    """Pay as `pay_purchases` does, inside a transaction whose turn has an outbox row and the ids for each request.

    `beside` are figures that change in the same transaction; they are written only where something is paid.
    """
    wallets = _read_wallets({wallet_asked(request, purchases) for request in batch})
    decisions = decide_payments(
        batch,
        purchases=purchases,
        keys=known_keys([(request.key, request.shopper_id) for request in batch]),
        available_minor={who: wallet.available_minor for who, wallet in wallets.items()},
        now_ms=now_ms,
    )
    plans = [one for one in decisions if type(one) is PaymentPlan]
    _write(turn, plans, [wallets.get(wallet_asked(plan.request, purchases)) for plan in plans], now_ms, beside)
    return _outcomes(batch, decisions, purchases, now_ms)


def _read_wallets(asked: Collection[tuple[int, str]]) -> dict[tuple[int, str], AccountState]:
    address_of = {who: (lane_of(who[0]), wallet_address(*who)) for who in asked}
    found = balances(address_of.values())
    return {who: found[address] for who, address in address_of.items() if address in found}


def _write(
    turn: Turn,
    plans: list[PaymentPlan],
    wallets: list[AccountState | None],
    now_ms: int,
    beside: Sequence[OrderFigures],
) -> None:
    if not plans:
        return
    ordinary = [(plan, wallet) for plan, wallet in zip(plans, wallets, strict=True) if plan.due is None]
    presales = [(plan, wallet) for plan, wallet in zip(plans, wallets, strict=True) if plan.due is not None]
    escrows = open_accounts(
        turn=turn, wanted={_escrow(plan, order) for plan, _ in ordinary for order in plan.purchase.orders}
    )
    transfers: list[NewTransfer] = []
    moved: dict[int, int] = {}
    figures = list(beside)
    for plan, wallet in ordinary:
        for order in plan.purchase.orders:
            if order.total_minor:  # red packets may pay all of it
                assert wallet is not None, "who pays has a wallet"
                escrow = _escrow(plan, order)
                transfers.append(
                    NewTransfer(
                        debit_account_id=wallet.id,
                        credit_account_id=escrows[escrow.lane, escrow.address].id,
                        amount_minor=order.total_minor,
                        currency=plan.request.currency,
                        kind=TransferKind.PURCHASE,
                        order_id=order.order_id,
                        pending=False,
                        lane=lane_of(order.order_id),
                    )
                )
            for stock_id, quantity in zip(order.stock_ids, order.quantities, strict=True):
                moved[stock_id] = moved.get(stock_id, 0) + quantity
            figures.append(order_figures(order, currency=plan.request.currency, kind=TallyKind.PAID))
    at = from_unix_ms(now_ms)
    set_purchase_states([plan.purchase.purchase_id for plan, _ in ordinary], now=Step.PLACED, then=Step.PAID, at=at)
    order_ids = [order.order_id for plan, _ in ordinary for order in plan.purchase.orders]
    set_order_states(order_ids, now=Step.PLACED, then=Step.PAID, at=at)
    if presales:
        paid = write_presales(turn, presales, at)
        transfers += paid.transfers
        figures += paid.figures
        for stock_id, units in paid.moved.items():
            moved[stock_id] = moved.get(stock_id, 0) + units
    move_units({stock_id: UnitsMoved(-units, units) for stock_id, units in moved.items()})
    post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
    _write_keys(turn, plans, now_ms)
    add_tallies(turn=turn, second=now_ms // 1000, figures=figures)


def _write_keys(turn: Turn, plans: list[PaymentPlan], now_ms: int) -> None:
    """What the keys did, and what is made known of it."""
    keys: list[bytes] = []
    outbox: list[bytes] = []
    for plan in plans:
        purchase_id, request = plan.purchase.purchase_id, plan.request
        kind = OutboxKind.PURCHASE_PAID if _leads_to(plan) is Step.PAID else OutboxKind.PURCHASE_DEPOSITED
        lane = lane_of(purchase_id)
        keys.append(KEY_ROWS.row(request.key, request.shopper_id, lane, purchase_id, request.request_hash))
        outbox.append(OUTBOX_ROWS.row(turn.writer_id, turn.outbox_seq + len(keys), kind.value, purchase_id, now_ms))
    with connection.cursor() as cursor:
        KEY_ROWS.write(cursor, keys)
        OUTBOX_ROWS.write(cursor, outbox)


def _leads_to(plan: PaymentPlan) -> Step:
    return Step.PAID if plan.due is None else plan.due.then


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
            step, at_ms = Step.PAID, now_ms
            if type(decision) is PaymentPlan:
                step = _leads_to(decision)
            else:
                step, before_ms = _was_paid(request, purchases[request.purchase_id])
                at_ms = now_ms if before_ms is None else before_ms
            outcomes.append(
                Paid(
                    purchase_id=request.purchase_id,
                    currency=request.currency,
                    amount_minor=request.amount_minor,
                    paid_at_ms=at_ms,
                    replayed=type(decision) is Replayed,
                    state=step.value,
                )
            )
    return outcomes


def _was_paid(request: PayRequest, purchase: PurchaseFacts) -> tuple[Step, int | None]:
    """Where the payment that is asked for again took its purchase, and when: the deposit's, or what completed it."""
    presale = purchase.presale
    if presale is not None:
        balance_minor = max(0, purchase.total_minor - presale.deposit_minor)
        if purchase.paid_at_ms is None or request.amount_minor != balance_minor:
            return Step.DEPOSITED, presale.deposited_at_ms
    return Step.PAID, purchase.paid_at_ms
