"""What shoppers, merchants and the staff do after a rehearsed sale, which apps above the rehearsal know how to do."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.open_case import CaseAsked, open_case
from fairground.aftersales.actions.replacing import confirm_replacement, send_replacement
from fairground.aftersales.actions.return_goods import receive_return, send_back
from fairground.aftersales.actions.settling import UnitsBack
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.queries import case_shown
from fairground.aftersales.rules import CaseReason, CaseState, Happened, Who, Wish
from fairground.checkout.actions.receive_orders import confirm_receipt, receive_due_orders
from fairground.checkout.actions.ship_orders import ParcelWritten, ship_orders
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.cli.settle import settle_all
from fairground.kernel.edits import By
from fairground.rehearsal.festival.clerks import Clerks
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.actions.edit_terms import edit_terms
from fairground.settlement.queries import PayoutSeen, payouts_seen
from fairground.settlement.rules.payouts import PayoutState
from fairground.settlement.rules.terms import SettlementTerms

_CARRIER = "Rehearsed Post"
# A tenth for a week, as marketplaces keep it.
_RESERVE = SettlementTerms(reserve_bps=1_000, reserve_days=7)
# More payouts than a rehearsal has merchants and currencies.
_PAYOUTS_MAX = 100_000


def rehearsed_clerks() -> Clerks:
    """Return those who work after the sale of a rehearsed festival."""
    return Clerks(
        ship=_ship,
        confirm=confirm_receipt,
        ask=_ask,
        refuse=_refuse,
        take_back=_take_back,
        sweep_cases=sweep_cases,
        receive_due=receive_due_orders,
        keep_reserve=_keep_reserve,
        settle=partial(settle_all, quiet=True),
        proposed=_proposed,
        advance_payout=_advance_payout,
    )


def _ship(*, numbers: Mapping[int, str], by: By) -> int:
    """Hand over what is left of each order in a parcel with its number, and return how many were written."""
    asked = [ParcelAsked(order_id, _CARRIER, number) for order_id, number in numbers.items()]
    return sum(isinstance(one, ParcelWritten) for one in ship_orders(asked=asked, by=by))


def _ask(*, purchase_id: int, order_id: int, shopper_id: int, is_exchange: bool) -> int:
    """Open a case about a unit of an order's first line, and return its id."""
    sku_id = read_sold_lines([order_id])[order_id][0].sku_id
    asked = CaseAsked(
        purchase_id=purchase_id,
        order_id=order_id,
        shopper_id=shopper_id,
        units={1: 1},
        reason=CaseReason.FAULTY,
        wish=Wish.EXCHANGE if is_exchange else Wish.MONEY,
        seen=0,
        swaps={1: sku_id} if is_exchange else {},
    )
    return open_case(asked=asked, now=datetime.now(UTC)).case_id


def _refuse(*, case_id: int) -> None:
    answer = Answer(accepted=False, seen=CaseState.OPENED, text="It was worn.")
    answer_case(case_id=case_id, answer=answer, who=Who.MERCHANT, by=_now())


def _take_back(*, case_id: int, shopper_id: int) -> int:
    """Accept a case, have the goods sent back and received, and return what was paid back, in minor units.

    Where others are given for them, these are sent, and arrive.
    """
    answer = Answer(accepted=True, seen=CaseState.OPENED, money_if_gone=True)
    answer_case(case_id=case_id, answer=answer, who=Who.MERCHANT, by=_now())
    send_back(case_id=case_id, shopper_id=shopper_id, tracking=f"RB{case_id}", now=datetime.now(UTC))
    receive_return(case_id=case_id, back={1: UnitsBack(1)}, who=Who.MERCHANT, by=_now())
    shown = case_shown(case_id=case_id)
    assert shown is not None, case_id
    if shown.row.state is CaseState.REPLACING:
        send_replacement(case_id=case_id, carrier=_CARRIER, tracking_number=f"RR{case_id}", by=_now())
        confirm_replacement(case_id=case_id, shopper_id=shopper_id, now=datetime.now(UTC))
    # With what was charged for the goods, which no line has: the event knows what went back in all.
    return sum(int(one.facts["paid_minor"]) for one in shown.events if one.kind is Happened.REFUNDED)


def _keep_reserve(*, merchant_id: int, by: By) -> None:
    edit_terms(merchant_id=merchant_id, terms=_RESERVE, by=by)


def _proposed() -> Sequence[PayoutSeen]:
    return payouts_seen(state=PayoutState.PROPOSED, rows_max=_PAYOUTS_MAX)


def _advance_payout(*, payout_id: int, word: str, by: By) -> None:
    then = PayoutState[word.upper()]
    advance_payout(payout_id=payout_id, then=then, by=by, reference="rehearsed" if then is PayoutState.SENT else "")


def _now() -> By:
    return By(user_id=None, now=datetime.now(UTC))
