"""Price protection: what goods cost less soon after they were paid goes back, and their merchant pays it."""

from collections.abc import Mapping

from msgspec import Struct

from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX, give_back
from fairground.checkout.queries import read_purchases
from fairground.checkout.refunds import order_ids_of, read_prices_today, read_sold_lines
from fairground.checkout.rules.paying import PurchaseFacts, UnknownPurchase
from fairground.checkout.rules.refunding import OrderBack, decide_price_fall
from fairground.checkout.turns import with_turn
from fairground.draws.queries import left_beside_awards
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.writer import Turn
from fairground.markets.queries import protection_days


class DifferenceReturned(Struct, frozen=True):
    """What went back to the wallet because prices fell, in minor units."""

    currency: str
    amount_minor: int


def return_difference(*, purchase_id: int, shopper_id: int, now_ms: int) -> DifferenceReturned:
    """Pay back what the goods of a purchase cost less today than they were paid, each fall once.

    From the merchants' escrow to the wallet that paid; units that went back get nothing. The turn is taken only where
    something would go back, and then it is decided again.

    :raises UnknownPurchase: there is none, or it is another shopper's
    :raises OrderNotRefundable: it is not paid, or nothing of it is kept
    :raises NoPriceProtection: the market has none
    :raises ProtectionOver: it is asked too late
    :raises PriceNotFallen: nothing costs less today
    :raises DifferenceGiven: what costs less did so before, and that went back
    :raises PaidByPrize: a draw paid back so much of the purchase that this is not left
    :raises ShopperErased: who paid was erased, so nobody has the wallet
    :raises ShopBusy: the writer's turn was not had in time; as after any refusal nothing changed
    """
    order_ids = order_ids_of(purchase_id=purchase_id, shopper_id=shopper_id)
    if not order_ids:
        raise UnknownPurchase(purchase_id=purchase_id)

    found = read_purchases([purchase_id], now=from_unix_ms(now_ms))
    _decide(found[purchase_id], now_ms=now_ms)  # nobody holds a turn for a refusal

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> DifferenceReturned:
        purchase = purchases[purchase_id]
        backs = _decide(purchase, now_ms=now_ms)
        give_back(turn=turn, backs=backs, now_ms=now_ms)
        return DifferenceReturned(purchase.currency, sum(back.paid_minor for back in backs))

    return with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=(),
        now_ms=now_ms,
        ids_max=IDS_AN_ORDER_MAX * len(order_ids),
        outbox_rows=EVENTS_AN_ORDER_MAX * len(order_ids),
        by_hand=True,
    )


def _decide(purchase: PurchaseFacts, *, now_ms: int) -> list[OrderBack]:
    """Read what is to be known of a purchase, and return what goes back of it; only under the turn does it hold."""
    lines = read_sold_lines([order.order_id for order in purchase.orders])
    market = purchase.orders[0].market.decode()
    return decide_price_fall(
        purchase,
        lines=lines,
        today_minor=read_prices_today(
            sku_ids=sorted({line.sku_id for some in lines.values() for line in some}),
            market=market,
            now=from_unix_ms(now_ms),
        ),
        left_minor=left_beside_awards(purchase_ids=[purchase.purchase_id]),
        days=protection_days(market=market),
        now_ms=now_ms,
    )
