"""What becomes of paid orders: shipped, delivered, completed; or cancelled, and then the money goes back."""

from collections.abc import Mapping, Sequence

from django.db import connection

from fairground.checkout.figures import order_figures
from fairground.checkout.giving import return_given
from fairground.checkout.queries import purchases_of_orders
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts, escrow_address
from fairground.checkout.turns import with_turn
from fairground.dashboard.actions import add_tallies
from fairground.dashboard.models import TallyKind
from fairground.festivals.actions import return_deal_units
from fairground.festivals.queries import DealBuyerKey
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OUTBOX_ROWS, OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.orders.actions import set_order_states, set_purchase_states
from fairground.orders.rules import Step, may_follow
from fairground.payments.rules import wallet_address

_EVENTS = {
    Step.SHIPPED: OutboxKind.ORDER_SHIPPED,
    Step.DELIVERED: OutboxKind.ORDER_DELIVERED,
    Step.COMPLETED: OutboxKind.ORDER_COMPLETED,
    Step.CANCELLED: OutboxKind.ORDER_REFUNDED,
}


class UnknownOrder(Refusal):
    """There is no such order."""


class OrderNotReady(Refusal):
    """The order is in a state from which it can't go there."""


def advance_orders(*, order_ids: Sequence[int], then: Step, now_ms: int) -> None:
    """Take paid orders on: shipped, delivered, completed, or cancelled with the money returned; all of them or none.

    :raises UnknownOrder: one of them does not exist
    :raises OrderNotReady: one of them can't go there from where it is
    """
    assert then in _EVENTS, then
    wanted = set(order_ids)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> None:
        found = {order.order_id: (one, order) for one in purchases.values() for order in one.orders}
        for order_id in sorted(wanted):
            if order_id not in found:
                raise UnknownOrder(order_id=order_id)
            state = Step(found[order_id][1].state)
            if state in {Step.PLACED, Step.DEPOSITED} or not may_follow(state, then):
                raise OrderNotReady(order_id=order_id, state=state.name.lower(), then=then.name.lower())
        _write(turn, [found[order_id] for order_id in sorted(wanted)], then, now_ms)

    with_turn(
        work,
        purchase_ids=purchases_of_orders(wanted),
        lanes=[lane_of(one) for one in wanted],
        now_ms=now_ms,
        ids_max=2 * len(wanted),
        outbox_rows=2 * len(wanted),
    )


def _write(turn: Turn, advancing: Sequence[tuple[PurchaseFacts, OrderOfPurchase]], then: Step, now_ms: int) -> None:
    at = from_unix_ms(now_ms)
    by_state: dict[Step, list[int]] = {}
    for _, order in advancing:
        by_state.setdefault(Step(order.state), []).append(order.order_id)
    for state, ids in by_state.items():
        set_order_states(ids, now=state, then=then, at=at)
    ended = _emptied(advancing) if then is Step.CANCELLED else []
    told = [(_EVENTS[then], order.order_id) for _, order in advancing]
    told += [(OutboxKind.PURCHASE_CANCELLED, purchase_id) for purchase_id in ended]
    outbox = [
        OUTBOX_ROWS.row(turn.writer_id, turn.outbox_seq + number, kind.value, subject_id, now_ms)
        for number, (kind, subject_id) in enumerate(told, 1)
    ]
    with connection.cursor() as cursor:
        OUTBOX_ROWS.write(cursor, outbox)
    if then is Step.CANCELLED:
        _refund(turn, advancing, now_ms)
        set_purchase_states(ended, now=Step.PAID, then=Step.CANCELLED, at=at)
        gone = set(ended)
        return_given(
            {
                purchase.purchase_id: (purchase.shopper_id, order.market.decode())
                for purchase, order in advancing
                if purchase.purchase_id in gone
            }
        )


def _refund(turn: Turn, cancelled: Sequence[tuple[PurchaseFacts, OrderOfPurchase]], now_ms: int) -> None:
    """The escrow pays back what the order cost, the units go back on the shelf, the figures say so."""
    accounts = open_accounts(
        turn=turn, wanted={account for purchase, order in cancelled for account in _accounts(purchase, order)}
    )
    transfers: list[NewTransfer] = []
    units: dict[int, int] = {}
    returned: dict[DealBuyerKey, int] = {}
    for purchase, order in cancelled:
        escrow, wallet = _accounts(purchase, order)
        if order.total_minor:  # red packets may have paid all of it
            transfers.append(
                NewTransfer(
                    debit_account_id=accounts[escrow.lane, escrow.address].id,
                    credit_account_id=accounts[wallet.lane, wallet.address].id,
                    amount_minor=order.total_minor,
                    currency=purchase.currency,
                    kind=TransferKind.REFUND,
                    order_id=order.order_id,
                    pending=False,
                    lane=lane_of(order.order_id),
                )
            )
        for stock_id, deal_id, quantity in zip(order.stock_ids, order.deal_ids, order.quantities, strict=True):
            units[stock_id] = units.get(stock_id, 0) + quantity
            if deal_id:
                buyer = (lane_of(deal_id), deal_id, purchase.shopper_id)
                returned[buyer] = returned.get(buyer, 0) + quantity
    post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
    move_units({stock_id: UnitsMoved(0, -quantity) for stock_id, quantity in units.items()})
    return_deal_units(returned)
    figures = [
        order_figures(order, currency=purchase.currency, kind=TallyKind.REFUNDED) for purchase, order in cancelled
    ]
    add_tallies(turn=turn, second=now_ms // 1000, figures=figures)


def _accounts(purchase: PurchaseFacts, order: OrderOfPurchase) -> tuple[AccountWanted, AccountWanted]:
    kind, currency, payer_id = AccountKind.CREDIT_NORMAL, purchase.currency, purchase.payer_id
    escrow = AccountWanted(lane_of(order.order_id), escrow_address(order.merchant_id, currency), kind, currency)
    return escrow, AccountWanted(lane_of(payer_id), wallet_address(payer_id, currency), kind, currency)


def _emptied(cancelled: Sequence[tuple[PurchaseFacts, OrderOfPurchase]]) -> list[int]:
    """Return the purchases of which every order is cancelled now: they have ended."""
    gone = {order.order_id for _, order in cancelled}
    return sorted(
        {
            purchase.purchase_id
            for purchase, _ in cancelled
            if all(order.order_id in gone or order.state == Step.CANCELLED for order in purchase.orders)
        }
    )
