"""Withdrawals for tests: a purchase with an e-mail, and what somebody sends from the page."""

from collections.abc import Callable
from dataclasses import dataclass

from fairground.checkout.actions.withdraw_orders import match_withdrawals
from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed
from fairground.fulfilment.actions import Posted, post_withdrawal
from fairground.fulfilment.models import Withdrawal
from fairground.fulfilment.rules import WithdrawalEnd
from fairground.kernel.clock import from_unix_ms
from fairground.markets.models import Market
from fairground.orders.models import Order
from fairground.orders.rules import Step
from tests.factories import (
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.refunding import LATER_MS

ANA = "Ana@example.org"
ADDRESS = b'{"name":"Ana","country":"DE","lines":["Hauptstr. 1"],"email":"Ana@example.org"}'


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase of 2 chairs at 10.00 and of a lamp at 5.00 of another merchant."""

    chair: SkuMade
    lamp: SkuMade
    shopper_id: int
    placed: Placed

    @property
    def chairs(self) -> int:
        """Return the order of the chairs."""
        return self.placed.orders[0].order_id

    @property
    def lamps(self) -> int:
        """Return the order of the lamp."""
        return self.placed.orders[1].order_id


def buy(*, is_paid: bool = True, address: bytes = ADDRESS) -> Bought:
    """Buy in a market in which one may change one's mind for fourteen days."""
    if not Market.objects.exists():
        make_market()
        Market.objects.update(withdrawal_days=14)
    chair, lamp = make_sku(merchant=make_merchant(lane=10)), make_sku(merchant=make_merchant(lane=40), price_minor=500)
    shopper_id = make_shopper(lane=20)
    give_wallet(shopper_id=shopper_id, amount_minor=2_500)
    placed = place_one(place_request(chair.line(2), lamp.line(), shopper_id=shopper_id, address=address))
    if is_paid:
        (paid,) = pay([pay_request(placed, shopper_id=shopper_id)])
        assert isinstance(paid, Paid), paid
    return Bought(chair, lamp, shopper_id, placed)


def send(number: str, email: str = "ana@example.ORG", *, statement: str = "", at_ms: int = LATER_MS) -> None:
    """Send what the page would."""
    post_withdrawal(
        Posted(
            number=number,
            email=email,
            name="Ana",
            statement=statement,
            language="en",
            declared_at=from_unix_ms(at_ms),
        )
    )


def withdraw(number: str, *, match: Callable[..., int] = match_withdrawals, at_ms: int = LATER_MS, **asked: str) -> int:
    """Send it and match it."""
    send(number, at_ms=at_ms, **asked)
    return match(now_ms=at_ms + 500)


def outcomes() -> dict[int, WithdrawalEnd]:
    """Return what became of every withdrawal, by order."""
    return {one.order_id: WithdrawalEnd(one.outcome) for one in Withdrawal.objects.all()}


def state_of(order_id: int) -> Step:
    """Return where an order stands."""
    return Step(Order.objects.get(id=order_id).state)
