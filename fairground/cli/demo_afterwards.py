"""What a demo does with some orders after the rush, so that the pages of cases, parcels and payouts are alive."""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.cli.rehearsed_clerks import rehearsed_clerks
from fairground.identity.operators import add_operator
from fairground.kernel.clock import wall_ms
from fairground.kernel.edits import By
from fairground.orders.models import Order
from fairground.orders.rules import Step
from fairground.rehearsal.festival.clerks import Clerks

# About a second in all; a demo of fewer orders does it with what there is.
ORDERS_TAKEN_ON_MAX = 400
# Parcels are written one by one, so one in so many orders leaves in one with a number.
NUMBERED_EACH = 10
# Cases of each fate; of the payouts, those that are approved, sent, and confirmed by the bank. The others wait.
CASES_OPEN, CASES_REFUSED, CASES_PAID = 6, 2, 3
PAYOUTS_APPROVED, PAYOUTS_SENT, PAYOUTS_CONFIRMED = 9, 6, 3
# Where merchants are paid by two people, one of them approves and the other one sends. Nobody knows their passwords.
_TWO_PEOPLE = ("treasurer@demo.example", "bursar@demo.example")


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What was done, and in how many seconds."""

    shipped: int
    cases: int
    released: int
    payouts: int
    seconds: float


def look_after_some_orders() -> Afterwards:
    """Ship some paid orders, complete some, open cases about a few, release what is complete, and propose payouts.

    Every second order is completed, of the others half are delivered.
    """
    began, clerks = time.monotonic(), rehearsed_clerks()
    paid = Order.objects.filter(state=Step.PAID).order_by("lane", "id")
    orders = list(paid.values_list("id", "purchase_id", "shopper_id")[:ORDERS_TAKEN_ON_MAX])
    order_ids = [order_id for order_id, _, _ in orders]
    numbered = order_ids[::NUMBERED_EACH]
    if not order_ids:
        return Afterwards(0, 0, 0, 0, time.monotonic() - began)
    clerks.ship(numbers={one: f"DP{one}" for one in numbered}, by=_now())
    advance_orders(order_ids=sorted(set(order_ids) - set(numbered)), then=Step.SHIPPED, now_ms=wall_ms())
    delivered = order_ids[::2] + order_ids[1::4]
    advance_orders(order_ids=delivered, then=Step.DELIVERED, now_ms=wall_ms())
    advance_orders(order_ids=order_ids[::2], then=Step.COMPLETED, now_ms=wall_ms())
    cases = _open_cases(clerks, orders[1::4])
    settled = clerks.settle(clock_ms=wall_ms)
    _take_payouts_on(clerks)
    return Afterwards(len(order_ids), cases, settled["released"], settled["payouts"], time.monotonic() - began)


def _open_cases(clerks: Clerks, orders: list[tuple[int, int, int]]) -> int:
    some = orders[: CASES_OPEN + CASES_REFUSED + CASES_PAID]
    for number, (order_id, purchase_id, shopper_id) in enumerate(some):
        case_id = clerks.ask(
            purchase_id=purchase_id, order_id=order_id, shopper_id=shopper_id, is_exchange=not number % 3
        )
        if number >= CASES_OPEN + CASES_REFUSED:
            clerks.take_back(case_id=case_id, shopper_id=shopper_id)
        elif number >= CASES_OPEN:
            clerks.refuse(case_id=case_id)
    return len(some)


def _take_payouts_on(clerks: Clerks) -> None:
    approver, sender = (
        add_operator(email=email, role="operator", password=secrets.token_urlsafe(), by=_now()) for email in _TWO_PEOPLE
    )
    steps = (
        ("approved", PAYOUTS_APPROVED, approver),
        ("sent", PAYOUTS_SENT, sender),
        ("confirmed", PAYOUTS_CONFIRMED, sender),
    )
    for number, payout in enumerate(clerks.proposed()[:PAYOUTS_APPROVED]):
        for word, of_first, user_id in steps:
            if number < of_first:
                clerks.advance_payout(payout_id=payout.id, word=word, by=By(user_id=user_id, now=datetime.now(UTC)))


def _now() -> By:
    return By(user_id=None, now=datetime.now(UTC))
