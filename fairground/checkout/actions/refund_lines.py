"""Refunding units of paid orders' lines, before they are shipped or after."""

from collections.abc import Mapping

from msgspec import Struct

from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX, give_back
from fairground.checkout.queries import purchases_of_orders
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.rules.refunding import LineKey, NoUnits, OrderBack, OrderNotRefundable, decide_refunds
from fairground.checkout.turns import with_turn
from fairground.draws.queries import left_beside_awards
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.ids import ID_MAX, LANES, lane_of
from fairground.kernel.writer import Turn
from fairground.orders.rules import REASONS_GIVEN, RefundReason


class LineRefunded(Struct, frozen=True):
    """What went back of a line, in minor units; `ended_order`: nothing of its order is left, and it is cancelled.

    Line 0 is the order's shipping, line -n its duty n. They come after the lines with whose last units they go back.
    """

    order_id: int
    line_no: int
    units: int
    paid_minor: int
    tax_minor: int
    currency: str
    restocked: bool
    ended_order: bool


def refund_lines(
    *, units: Mapping[LineKey, int], reason: RefundReason, by: By, seen: Mapping[LineKey, int] | None = None
) -> list[LineRefunded]:
    """Pay back so many units of lines of paid orders, by (order id, line number), all of them or none.

    What was paid for them goes from the merchants' escrow to the wallets that paid. Units that were not shipped go back
    on the shelf and to the buyer's limit; what they were cheaper by goes back to the promotions and the red packets.
    It is in the audit log. `seen` are the units that were left of lines when who asks looked, so that a form that is
    sent twice pays once.

    :raises OrderNotRefundable: an order is not paid, is cancelled, or is not there; nothing changed
    :raises PartlyShipped: units that have not all left would go back, and those are in a parcel; nothing changed
    :raises PaidByPrize: a draw paid back so much of the purchase that this is not left; nothing changed
    :raises ShopperErased: who paid was erased, so nobody has the wallet; nothing changed
    :raises UnknownLine: an order has no such line; nothing changed
    :raises NoUnits: of a line no unit would go back, or less than none, or no line is named; nothing changed
    :raises RefundedSince: other units are left than were seen; nothing changed
    :raises TooManyUnits: fewer units of a line are left; nothing changed
    :raises UnitsInCase: an open case is about some of them; nothing changed
    :raises ShopBusy: the writers' turn was not had in time; nothing changed
    """
    assert reason in REASONS_GIVEN, reason
    if not units:
        raise NoUnits()
    order_ids = {order_id for order_id, _ in units}
    nowhere = sorted(one for one in order_ids if not 0 < one <= ID_MAX or lane_of(one) >= LANES)
    if nowhere:
        raise OrderNotRefundable(order_id=nowhere[0])

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> list[LineRefunded]:
        backs = decide_refunds(
            units,
            reason=reason,
            purchases=purchases,
            lines=read_sold_lines(order_ids),
            left_minor=left_beside_awards(purchase_ids=purchases),
            seen=seen or {},
        )
        give_back(turn=turn, backs=backs, now_ms=to_unix_ms(by.now))
        refunded = [one for back in backs for one in _refunded(back)]
        _audit(by, reason, refunded)
        return refunded

    return with_turn(
        work,
        purchase_ids=purchases_of_orders(order_ids),
        lanes=[lane_of(one) for one in order_ids],
        now_ms=to_unix_ms(by.now),
        ids_max=IDS_AN_ORDER_MAX * len(order_ids),
        outbox_rows=EVENTS_AN_ORDER_MAX * len(order_ids),
        by_hand=True,
    )


def _refunded(back: OrderBack) -> list[LineRefunded]:
    return [
        LineRefunded(
            order_id=back.order.order_id,
            line_no=plan.line.line_no,
            units=plan.units,
            paid_minor=plan.paid_minor,
            tax_minor=plan.tax_minor,
            currency=back.purchase.currency,
            restocked=plan.restocked,
            ended_order=back.ends,
        )
        for plan in back.refunds
    ]


def _audit(by: By, reason: RefundReason, refunded: list[LineRefunded]) -> None:
    write_audit(
        by=by,
        acts=[
            Act(
                "refunded",
                "order",
                one.order_id,
                {
                    "line": (None, one.line_no),
                    "units": (None, one.units),
                    "paid_minor": (None, one.paid_minor),
                    "reason": (None, reason.name.lower()),
                },
            )
            for one in refunded
        ],
    )
