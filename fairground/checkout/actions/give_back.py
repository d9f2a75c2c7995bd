"""Writing what goes back of paid orders: rows, money, units, limits, discounts, figures, and what is made known."""

from collections.abc import Iterable, Sequence

from django.db import connection
from msgspec.structs import replace

from fairground.checkout.actions.return_payments import GoingBack, return_to_providers
from fairground.checkout.actions.take_orders_on import ship_what_is_packed
from fairground.checkout.figures import order_figures
from fairground.checkout.giving import GivenBack, return_parts
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts
from fairground.checkout.rules.refunding import OrderBack, RefundPlan, ShopperErased
from fairground.dashboard.actions import OrderFigures, add_tallies
from fairground.dashboard.models import TallyKind
from fairground.festivals.actions import return_deal_units
from fairground.festivals.queries import DealBuyerKey
from fairground.identity.actions import hold_unerased
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OUTBOX_ROWS, OutboxKind
from fairground.kernel.writer import Turn
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, LaneAddress, NewTransfer, TransferKind
from fairground.orders.actions import set_order_states, set_purchase_states
from fairground.orders.rows import REFUND_DISCOUNT_ROWS, REFUND_ROWS
from fairground.orders.rules import RefundReason, Step
from fairground.payments.rules import wallet_address
from fairground.settlement.actions.adjust_releases import ADJUSTED_IDS_MAX, adjust_releases
from fairground.settlement.rules.addresses import escrow_address

# An escrow, a wallet, a transfer, what goes on to providers or covers a dispute, and what changes where it was
# released; events of an order and of its purchase.
IDS_AN_ORDER_MAX = 15 + ADJUSTED_IDS_MAX
EVENTS_AN_ORDER_MAX = 2


def give_back(*, turn: Turn, backs: Sequence[OrderBack], now_ms: int) -> None:
    """Write refunds of paid orders, each order once, and cancel those that end with them; nothing is decided here.

    A purchase of which every order is cancelled then has ended. The caller holds the turn of the purchases, their
    orders, their shoppers and the wallets, and has reserved `IDS_AN_ORDER_MAX` and `EVENTS_AN_ORDER_MAX` an order.

    :raises PartlyShipped: units that would go back on the shelf are in a parcel; the caller must not commit
    :raises ShopperErased: a wallet is nobody's any more; the caller's transaction must not commit
    """
    _cancel(turn, backs, now_ms)
    _write_rows(backs, now_ms)
    _return_units(backs)
    return_parts(_given_back(backs))
    adjust_releases(turn=turn, order_ids=[back.order.order_id for back in backs], now_ms=now_ms)
    _move_money(turn, backs, now_ms)
    going = [_going_back(back) for back in backs if back.paid_minor]
    covered = return_to_providers(turn=turn, backs=going, now_ms=now_ms)
    add_tallies(turn=turn, second=now_ms // 1000, figures=[_figures(back) for back in backs])
    _require_somebody([back for back in backs if back.paid_minor > covered.get(back.order.order_id, 0)])


def _cancel(turn: Turn, backs: Sequence[OrderBack], now_ms: int) -> None:
    """Take orders and purchases that end to their end, and make known what happened to each.

    Where the last units that had not left go back, an order does not end: it is shipped.
    """
    at = from_unix_ms(now_ms)
    ending = [back for back in backs if back.ends]
    set_order_states([back.order.order_id for back in ending], now=Step.PAID, then=Step.CANCELLED, at=at)
    ended = _emptied([(back.purchase, back.order) for back in ending])
    set_purchase_states(ended, now=Step.PAID, then=Step.CANCELLED, at=at)
    told = [
        (OutboxKind.ORDER_REFUNDED if back.ends else OutboxKind.ORDER_PARTLY_REFUNDED, back.order.order_id)
        for back in backs
    ]
    told += [(OutboxKind.PURCHASE_CANCELLED, purchase_id) for purchase_id in ended]
    told += [(OutboxKind.ORDER_SHIPPED, order_id) for order_id in ship_what_is_packed(backs, at=at)]
    rows = [
        OUTBOX_ROWS.row(turn.writer_id, turn.outbox_seq + number, kind.value, subject_id, now_ms)
        for number, (kind, subject_id) in enumerate(told, 1)
    ]
    with connection.cursor() as cursor:
        OUTBOX_ROWS.write(cursor, rows)


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


def _write_rows(backs: Iterable[OrderBack], now_ms: int) -> None:
    rows: list[bytes] = []
    discounts: list[bytes] = []
    for back in backs:
        for plan in back.refunds:
            key = (lane_of(back.order.order_id), back.order.order_id, plan.line.line_no, plan.refund_no)
            rows.append(
                REFUND_ROWS.row(
                    *key,
                    plan.reason.value,
                    plan.units,
                    plan.goods_minor,
                    sum(one.amount_minor for one in plan.ended),
                    plan.ahead_minor,
                    plan.tax_minor,
                    plan.line.sold.tax_included,
                    plan.paid_minor,
                    plan.restocked,
                    now_ms,
                )
            )
            discounts += [
                REFUND_DISCOUNT_ROWS.row(*key, one.step, one.amount_minor, one.source.encode(), one.funder.encode())
                for one in plan.ended
            ]
    with connection.cursor() as cursor:
        REFUND_ROWS.write(cursor, rows)
        REFUND_DISCOUNT_ROWS.write(cursor, discounts)


def _move_money(turn: Turn, backs: Sequence[OrderBack], now_ms: int) -> None:
    """The escrow pays back what was paid, again in it where it was released; what the platform funded never was."""
    paying = [back for back in backs if back.paid_minor]  # red packets may have paid all of it
    accounts = open_accounts(turn=turn, wanted={account for back in paying for account in _accounts(back)})
    ids: dict[LaneAddress, int] = {address: account.id for address, account in accounts.items()}
    transfers: list[NewTransfer] = []
    for back in paying:
        escrow, wallet = _accounts(back)
        fell = {plan.reason is RefundReason.PRICE_FELL for plan in back.refunds}
        assert len(fell) == 1, "an order has units back, or the difference of a price"
        transfers.append(
            NewTransfer(
                debit_account_id=ids[escrow.lane, escrow.address],
                credit_account_id=ids[wallet.lane, wallet.address],
                amount_minor=back.paid_minor,
                currency=back.purchase.currency,
                kind=TransferKind.PRICE_PROTECTION if fell == {True} else TransferKind.REFUND,
                order_id=back.order.order_id,
                pending=False,
                lane=lane_of(back.order.order_id),
            )
        )
    post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)


def _going_back(back: OrderBack) -> GoingBack:
    purchase = back.purchase
    return GoingBack(purchase.purchase_id, back.order.order_id, purchase.payer_id, purchase.currency, back.paid_minor)


def _accounts(back: OrderBack) -> tuple[AccountWanted, AccountWanted]:
    kind, currency, payer_id = AccountKind.CREDIT_NORMAL, back.purchase.currency, back.purchase.payer_id
    address = escrow_address(back.order.merchant_id, currency)
    escrow = AccountWanted(lane_of(back.order.order_id), address, kind, currency)
    return escrow, AccountWanted(lane_of(payer_id), wallet_address(payer_id, currency), kind, currency)


def _require_somebody(backs: Iterable[OrderBack]) -> None:
    """Who is paid must be there; last, as an erasure that waits for this holds nothing that this waits for.

    Where all of it covers what a bank took, that has paid.
    """
    payers = {back.purchase.payer_id: back.purchase.purchase_id for back in backs}
    for payer_id in hold_unerased(shopper_ids=payers):
        raise ShopperErased(purchase_id=payers[payer_id])


def _return_units(backs: Iterable[OrderBack]) -> None:
    """What was not shipped, or came back as new, is on the shelf again, and of a deal the buyer may have it again."""
    units: dict[int, int] = {}
    returned: dict[DealBuyerKey, int] = {}
    for back, plan in _plans(backs):
        if plan.restocked:
            units[plan.line.stock_id] = units.get(plan.line.stock_id, 0) + plan.units
            if plan.line.deal_id:
                buyer = (lane_of(plan.line.deal_id), plan.line.deal_id, back.purchase.shopper_id)
                returned[buyer] = returned.get(buyer, 0) + plan.units
    move_units({stock_id: UnitsMoved(0, -quantity) for stock_id, quantity in units.items()})
    return_deal_units(returned)


def _given_back(backs: Iterable[OrderBack]) -> list[GivenBack]:
    return [
        GivenBack(
            back.purchase.purchase_id,
            back.purchase.shopper_id,
            back.order.market.decode(),
            one.source,
            one.amount_minor,
        )
        for back, plan in _plans(backs)
        for one in plan.ended
    ]


def _plans(backs: Iterable[OrderBack]) -> Iterable[tuple[OrderBack, RefundPlan]]:
    for back in backs:
        for plan in back.refunds:
            yield back, plan


def _figures(back: OrderBack) -> OrderFigures:
    """An order counts once as refunded, when it is cancelled; before, its units and its money do."""
    whole = order_figures(back.order, currency=back.purchase.currency, kind=TallyKind.REFUNDED)
    units = sum(plan.units for plan in back.refunds)
    return replace(whole, orders=int(back.ends), units=units, amount_minor=back.paid_minor)
