"""What shoppers do when their goods are there: some say so, some ask for money back or other goods, most say nothing.

Silence takes weeks: they are passed by the moments that the clerks' commands name, not by waiting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fairground.kernel.clock import from_unix_ms
from fairground.rehearsal.festival.grounds import Crowd, Grounds, moment_ms
from fairground.rehearsal.opening import Payment

# Each case is some turns of some milliseconds, so a large festival has no more of each kind than this.
CASES_OF_A_KIND_MAX = 50
# Of the orders that were delivered and not completed, what becomes of five of them one after the other; the rest of
# those that would be cases is silent.
CONFIRMED, RETURNED, REFUSED, EXCHANGED, SILENT = range(5)
# A silent merchant, a silent shopper and an order that nobody speaks of all go on within these; each at most twice.
SILENCE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Delivered:
    """An order that its shopper has, and the payment by which it was bought."""

    order_id: int
    payment: Payment


def receive(ground: Grounds, crowd: Crowd, delivered: Sequence[Delivered]) -> None:
    """Let shoppers do what they do with what they got; what they ask for is answered, and ends."""
    clerks, told = ground.script.clerks, ground.told
    for number, one in enumerate(delivered):
        kind, nth = number % 5, number // 5
        shopper_id = crowd.shopper_ids[one.payment.shopper]
        if kind == CONFIRMED:
            clerks.confirm(order_id=one.order_id, shopper_ids=[shopper_id], now_ms=moment_ms())
            told.confirmed.append(one.order_id)
        elif kind != SILENT and nth < CASES_OF_A_KIND_MAX:
            _ask(ground, one, shopper_id, kind)
    ground.counts["after_sale_confirmed"] = len(told.confirmed)
    ground.counts["after_sale_cases"] = len(told.cases)
    ground.say(f"{len(told.confirmed):,} confirmed that they have their goods, {len(told.cases):,} had a case")


def _ask(ground: Grounds, one: Delivered, shopper_id: int, kind: int) -> None:
    clerks, told = ground.script.clerks, ground.told
    case_id = clerks.ask(
        purchase_id=int(one.payment.purchase.purchase_id),
        order_id=one.order_id,
        shopper_id=shopper_id,
        is_exchange=kind == EXCHANGED,
    )
    if kind == REFUSED:
        clerks.refuse(case_id=case_id)
        told.cases[case_id] = "closed"
        return
    paid_minor = clerks.take_back(case_id=case_id, shopper_id=shopper_id)
    told.refunded_minor[one.payment.purchase.currency] += paid_minor
    # What can't be exchanged any more is paid back.
    told.cases[case_id] = "refunded" if paid_minor else "exchanged"


def let_time_pass(ground: Grounds, *, now_ms: int) -> int:
    """Let what nobody speaks of go on by itself, and return the moment at which it has; in milliseconds since 1970.

    Cases first: while one is open its order waits.
    """
    clerks = ground.script.clerks
    at = now_ms
    for _ in range(2):  # a shipped order counts as delivered first, and is completed the second time
        at += SILENCE // timedelta(milliseconds=1)
        while clerks.sweep_cases(now=from_unix_ms(at)):
            pass
        clerks.receive_due(now_ms=at)
    return at
