"""How orders leave and come, in words: parcels, when an order completes by itself, and what became of a withdrawal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.fulfilment.queries import WithdrawalFacts, due_moments, parcels_of, withdrawals_of
from fairground.fulfilment.rules import Parcel, WithdrawalEnd, completes_at, withdrawal_ends_at
from fairground.markets.queries import MarketFacts
from fairground.orders.queries import OrderShown, PurchaseShown
from fairground.orders.rules import Step
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import date_text, moment_text

_ENDS: Mapping[WithdrawalEnd, Promise] = {
    WithdrawalEnd.CANCELLED: gettext_lazy("You withdrew on %(declared)s. Nothing had left: what you paid is back."),
    WithdrawalEnd.NOTED: gettext_lazy(
        "You withdrew on %(declared)s. Send back what you have within fourteen days; the money is back by %(refund)s, "
        "or when the goods or a proof that you sent them are here."
    ),
    WithdrawalEnd.LATE: gettext_lazy("You withdrew on %(declared)s. The time for that was over, so the order stays."),
    WithdrawalEnd.NO_RIGHT: gettext_lazy(
        "You withdrew on %(declared)s. The law gives no right to that here: ask the merchant."
    ),
    WithdrawalEnd.NOTHING_LEFT: gettext_lazy(
        "You withdrew on %(declared)s. The order had ended before, so there is nothing to do."
    ),
}
_SETTLED = gettext_lazy("You withdrew on %(declared)s, and that is settled.")


@dataclass(frozen=True, slots=True)
class ParcelWords:
    """A parcel: carrier and number, of which either may be empty."""

    carrier: str
    tracking_number: str


@dataclass(frozen=True, slots=True)
class LeavingWords:
    """How an order leaves: its parcels, what happens by itself, and what was withdrawn.

    `order_id` is what the button sends that says it came; empty where there is none.
    """

    parcels: list[ParcelWords]
    order_id: str = ""
    completes: str = ""
    withdrawn: str = ""
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """How the orders of a purchase leave, by order id; `may_withdraw`: of one it is not too late."""

    orders: Mapping[int, LeavingWords]
    may_withdraw: bool


NOTHING_LEAVES = Leaving({}, may_withdraw=False)


def leaving_of(purchase: PurchaseShown, reader: Reader) -> Leaving:
    """Return how the orders of a purchase leave, for who bought it."""
    market = next((one for one in reader.markets if one.code == purchase.market), None)
    if market is None:
        return NOTHING_LEAVES
    ids = [order.id for order in purchase.orders]
    withdrawals = withdrawals_of(order_ids=ids)
    parcels, due = (parcels_of(order_ids=ids), due_moments(order_ids=ids)) if purchase.paid_at else ({}, {})
    orders = {
        order.id: _words(order, market, parcels.get(order.id, []), due.get(order.id), withdrawals.get(order.id))
        for order in purchase.orders
    }
    open_to = [one for one in purchase.orders if one.id not in withdrawals and _may_withdraw(one, market, reader.now)]
    return Leaving(orders, may_withdraw=bool(open_to))


def _words(
    order: OrderShown,
    market: MarketFacts,
    parcels: Sequence[Parcel],
    due_at: datetime | None,
    withdrawal: WithdrawalFacts | None,
) -> LeavingWords:
    return LeavingWords(
        parcels=[ParcelWords(one.carrier, one.tracking_number) for one in parcels if one.carrier],
        order_id=str(order.id) if due_at else "",
        completes=_completes(order, market, due_at) if due_at else "",
        withdrawn=withdrawn_text(withdrawal, zone=market.time_zone) if withdrawal else "",
        withdrawn_at=withdrawal.declared_at if withdrawal else None,
    )


def _completes(order: OrderShown, market: MarketFacts, due_at: datetime) -> str:
    """A shipped order counts as delivered when it is due, and is completed some time after that."""
    completed_at = due_at
    if order.state is Step.SHIPPED:
        completed_at = completes_at(delivered_at=due_at, days=market.withdrawal_days, zone=market.time_zone)
    date = date_text(completed_at, market.time_zone)
    return gettext("Completes by itself on %(date)s if you say nothing.") % {"date": date}


def _may_withdraw(order: OrderShown, market: MarketFacts, now: datetime) -> bool:
    if not market.withdrawal_days or order.state in {Step.EXPIRED, Step.CANCELLED}:
        return False
    if order.delivered_at is None:
        return True
    return now < withdrawal_ends_at(delivered_at=order.delivered_at, days=market.withdrawal_days, zone=market.time_zone)


def withdrawn_text(withdrawal: WithdrawalFacts, *, zone: str) -> str:
    """Return what became of a withdrawal, for who sent it."""
    is_settled = withdrawal.outcome is WithdrawalEnd.NOTED and withdrawal.settled_at is not None
    words = _SETTLED if is_settled else _ENDS[withdrawal.outcome]
    return str(words) % {
        "declared": moment_text(withdrawal.declared_at, zone),
        "refund": date_text(withdrawal.refund_by, zone) if withdrawal.refund_by else "",
    }
