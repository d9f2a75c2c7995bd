"""Writing what payments of presales change: a deposit goes into escrow and waits there, a balance completes it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from msgspec import Struct
from msgspec.structs import replace

from fairground.checkout.figures import order_figures
from fairground.checkout.rules.paying import PaymentPlan
from fairground.checkout.rules.presales import Due, guarantee_source, merchant_funds
from fairground.dashboard.actions import OrderFigures
from fairground.dashboard.models import TallyKind
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts
from fairground.ledger.rules import AccountKind, AccountState, AccountWanted, LaneAddress, NewTransfer, TransferKind
from fairground.orders.actions import (
    BalancePaid,
    OrderCut,
    lower_orders,
    set_balances_paid,
    set_deposited,
    set_order_states,
)
from fairground.orders.rows import DISCOUNT_ROWS
from fairground.orders.rules import Step
from fairground.payments.rules import wallet_address
from fairground.promotions.rules.terms import DiscountStep
from fairground.settlement.rules.addresses import escrow_address


class PresalesPaid(Struct):
    """What the payments of presales of a batch add to what it moves; `moved` are units sold by stock id."""

    transfers: list[NewTransfer] = []
    figures: list[OrderFigures] = []
    moved: dict[int, int] = {}


def write_presales(turn: Turn, plans: Sequence[tuple[PaymentPlan, AccountState | None]], at: datetime) -> PresalesPaid:
    """Take presales on that were paid for, each from its payer's wallet, and return what moves with them.

    Deposits come first: the balance of a purchase may stand in the same batch.
    """
    written = PresalesPaid()
    if not plans:
        return written
    deposits = [(plan, wallet, due) for plan, wallet in plans if (due := plan.due) and due.then is Step.DEPOSITED]
    balances = [(plan, wallet, due) for plan, wallet in plans if (due := plan.due) and due.then is Step.PAID]
    accounts = open_accounts(turn=turn, wanted={one for plan, _ in plans for one in (_escrow(plan), _wallet(plan))})
    set_deposited([plan.purchase.purchase_id for plan, _, _ in deposits], at=at)
    set_order_states([_order_id(plan) for plan, _, _ in deposits], now=Step.PLACED, then=Step.DEPOSITED, at=at)
    for plan, wallet, due in deposits:
        written.transfers.append(_to_escrow(plan, wallet, due, accounts, TransferKind.DEPOSIT))
    _lower([(plan, due) for plan, _, due in balances if due.cut_minor])
    set_balances_paid({plan.purchase.purchase_id: _paid(due) for plan, _, due in balances}, at=at)
    set_order_states([_order_id(plan) for plan, _, _ in balances], now=Step.DEPOSITED, then=Step.PAID, at=at)
    for plan, wallet, due in balances:
        if due.amount_minor:
            written.transfers.append(_to_escrow(plan, wallet, due, accounts, TransferKind.PURCHASE))
        if due.back_minor:
            written.transfers.append(_back(plan, due, accounts))
        _sell(written, plan, due)
    return written


def _paid(due: Due) -> BalancePaid:
    return BalancePaid(due.total_minor, due.amount_minor - due.back_minor)


def _lower(cut: Sequence[tuple[PaymentPlan, Due]]) -> None:
    """The price guarantee: what was placed dearer than goods are today costs less, and the merchant gives it."""
    lower_orders(
        {
            _order_id(plan): OrderCut(due.cut_minor, due.tax_minor, due.tax_added_minor, due.total_minor)
            for plan, due in cut
        }
    )
    rows = []
    for plan, due in cut:
        (order,) = plan.purchase.orders
        presale = plan.purchase.presale
        assert presale is not None, plan
        source, funder = guarantee_source(presale.deal_id), merchant_funds(order.merchant_id)
        lane, step = lane_of(order.order_id), DiscountStep.DEAL.value
        rows.append(DISCOUNT_ROWS.row(lane, order.order_id, 1, step, due.cut_minor, source.encode(), funder.encode()))
    with connection.cursor() as cursor:
        DISCOUNT_ROWS.write(cursor, rows)


def _sell(written: PresalesPaid, plan: PaymentPlan, due: Due) -> None:
    (order,) = plan.purchase.orders
    for stock_id, quantity in zip(order.stock_ids, order.quantities, strict=True):
        written.moved[stock_id] = written.moved.get(stock_id, 0) + quantity
    currency = plan.request.currency
    lower = replace(order, total_minor=due.total_minor)
    written.figures.append(order_figures(lower, currency=currency, kind=TallyKind.PAID))
    if due.cut_minor:  # it was counted as placed with what it cost then
        figures = order_figures(order, currency=currency, kind=TallyKind.PLACED)
        less_minor = due.total_minor - order.total_minor
        written.figures.append(replace(figures, orders=0, units=0, amount_minor=less_minor))


def _to_escrow(
    plan: PaymentPlan,
    wallet: AccountState | None,
    due: Due,
    accounts: dict[LaneAddress, AccountState],
    kind: TransferKind,
) -> NewTransfer:
    assert wallet is not None, "a payment of more than nothing comes out of a wallet"
    escrow = _escrow(plan)
    return NewTransfer(
        debit_account_id=wallet.id,
        credit_account_id=accounts[escrow.lane, escrow.address].id,
        amount_minor=due.amount_minor,
        currency=plan.request.currency,
        kind=kind,
        order_id=_order_id(plan),
        pending=False,
        lane=lane_of(_order_id(plan)),
    )


def _back(plan: PaymentPlan, due: Due, accounts: dict[LaneAddress, AccountState]) -> NewTransfer:
    """What the deposit was more than the goods cost in the end."""
    escrow, wallet = _escrow(plan), _wallet(plan)
    return NewTransfer(
        debit_account_id=accounts[escrow.lane, escrow.address].id,
        credit_account_id=accounts[wallet.lane, wallet.address].id,
        amount_minor=due.back_minor,
        currency=plan.request.currency,
        kind=TransferKind.PRICE_GUARANTEE,
        order_id=_order_id(plan),
        pending=False,
        lane=lane_of(_order_id(plan)),
    )


def _order_id(plan: PaymentPlan) -> int:
    (order,) = plan.purchase.orders
    return order.order_id


def _escrow(plan: PaymentPlan) -> AccountWanted:
    (order,) = plan.purchase.orders
    currency = plan.purchase.currency
    address = escrow_address(order.merchant_id, currency)
    return AccountWanted(lane_of(order.order_id), address, AccountKind.CREDIT_NORMAL, currency)


def _wallet(plan: PaymentPlan) -> AccountWanted:
    payer_id, currency = plan.purchase.payer_id, plan.purchase.currency
    return AccountWanted(lane_of(payer_id), wallet_address(payer_id, currency), AccountKind.CREDIT_NORMAL, currency)
