"""Reads of the right to change one's mind: by the law of the market in which an order was bought, and by who sold."""

from msgspec import Struct

from fairground.checkout.rules.paying import OrderOfPurchase
from fairground.markets.queries import market_facts
from fairground.merchants.queries import merchants_named

# Who is no trader owes no such right (Directive 2011/83/EU, Art. 2(2) and 9).
_PRIVATE_PERSON = "person"


class RightToWithdraw(Struct, frozen=True):
    """For how many days from its delivery an order may be withdrawn from, in the zone of its market; 0: not at all."""

    days: int
    zone: str


def right_to_withdraw(order: OrderOfPurchase) -> RightToWithdraw:
    """Return what right the law of its market gives to withdraw from an order."""
    market = next(one for one in market_facts() if one.code == order.market.decode())
    (seller,) = merchants_named(slugs=[], ids=[order.merchant_id])
    days = 0 if seller.kind == _PRIVATE_PERSON else market.withdrawal_days
    return RightToWithdraw(days, market.time_zone)
