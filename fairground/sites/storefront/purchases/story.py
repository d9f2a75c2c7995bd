"""The story of a purchase: where it stands, what comes next, and what happened when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from fairground.orders.queries import DepositShown, OrderShown, PurchaseListed, PurchaseShown
from fairground.orders.refunds import RefundShown
from fairground.orders.rules import RefundReason, Step
from fairground.sites.storefront.money_back import Returns, back_text
from fairground.sites.storefront.purchases.deposits import balance_words, end_text, returned_minor, window_text
from fairground.sites.storefront.purchases.leaving import LeavingWords
from fairground.sites.storefront.purchases.refunds import refund_reasons
from fairground.sites.wording import money_text, number_text, short_moment_text, time_text

_STATES: dict[Step, tuple[Promise, str]] = {
    Step.PLACED: (gettext_lazy("To be paid"), "warn"),
    Step.DEPOSITED: (gettext_lazy("Deposit paid"), "good"),
    Step.PAID: (gettext_lazy("Paid for"), "good"),
    Step.SHIPPED: (gettext_lazy("On its way"), "good"),
    Step.DELIVERED: (gettext_lazy("Delivered"), "good"),
    Step.COMPLETED: (gettext_lazy("Completed"), ""),
    Step.EXPIRED: (gettext_lazy("Expired"), ""),
    Step.CANCELLED: (gettext_lazy("Cancelled"), ""),
}


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state in a word, and how its tag looks."""

    text: str
    look: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """What comes next. `may_pay`: the shopper can pay now; `may_cancel`: and may still change their mind."""

    title: str
    text: str
    may_pay: bool = False
    may_cancel: bool = False


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """A step of the timeline; `state` is done, now, failed, or empty for what is to come."""

    title: str
    text: str = ""
    state: str = ""
    at_iso: str = ""
    at_text: str = ""


def state_words(step: Step) -> StateWords:
    """Return a state in a word."""
    text, look = _STATES[step]
    return StateWords(str(text), look)


def stands_at(state: Step, order_states: Sequence[Step]) -> Step:
    """Return where a purchase stands as a whole: once paid, where the slowest of its orders does."""
    if state is not Step.PAID:
        return state
    return min((one for one in order_states if one is not Step.CANCELLED), default=state)


def next_step(purchase: PurchaseShown | PurchaseListed, *, now: datetime, zone: str, returns: Returns = ()) -> NextStep:
    """Return what comes next for a purchase, in a sentence or two; `returns` are its returns to providers."""
    states = _order_states(purchase)
    going = [one for one in states if one is not Step.CANCELLED]
    step = stands_at(purchase.state, states)
    deposit = purchase.deposit
    if step is Step.PLACED:
        return _to_be_paid(purchase, now, zone)
    if step is Step.DEPOSITED and deposit:
        balance = balance_words(purchase, deposit, now=now, zone=zone)
        return NextStep(balance.title, balance.text, may_pay=balance.is_open, may_cancel=now < deposit.closes_at)
    words = {
        Step.PAID: (gettext("It is being packed"), gettext("The merchants have your order and will send it.")),
        Step.SHIPPED: (gettext("It is on its way"), gettext("The carrier has it.")),
        Step.DELIVERED: (gettext("It has arrived"), gettext("Look whether everything is there and as it should be.")),
        Step.COMPLETED: (gettext("All done"), gettext("Nothing is left to do.")),
        Step.EXPIRED: (
            gettext("It was not paid in time"),
            _deposit_ended(purchase, returns)
            or gettext("Nothing was charged. What was kept for you is on sale again."),
        ),
        Step.CANCELLED: (gettext("It is cancelled"), _money_after_cancelling(purchase, returns)),
    }
    title, text = words[step]
    further = sum(one > step for one in going)
    if further and step in {Step.PAID, Step.SHIPPED}:
        text = _further_text(step, further, len(going))
    return NextStep(title, text)


def timeline(
    purchase: PurchaseShown,
    *,
    zone: str,
    leaving: Mapping[int, LeavingWords] | None = None,
    returns: Returns = (),
) -> list[TimelineStep]:
    """Return what happened and what is to come, the first thing first; `leaving` says by order how orders leave."""
    steps = _timeline(purchase, zone, leaving or {}, returns)
    moments = sorted({one.withdrawn_at for one in (leaving or {}).values() if one.withdrawn_at})
    told = [_done(gettext("You withdrew"), at, zone) for at in moments]
    return _in_order([*told, *steps]) if told else steps


def _timeline(
    purchase: PurchaseShown, zone: str, leaving: Mapping[int, LeavingWords], returns: Returns
) -> list[TimelineStep]:
    steps = [_done(gettext("Order placed"), purchase.placed_at, zone)]
    deposit = purchase.deposit
    if deposit and deposit.deposited_at:
        amount = money_text(deposit.deposit_minor, purchase.currency)
        steps.append(_done(gettext("Deposit paid"), deposit.deposited_at, zone, amount))
    if purchase.paid_at:
        steps.append(
            _done(gettext("Paid for"), purchase.paid_at, zone, money_text(purchase.total_minor, purchase.currency))
        )
    if purchase.state is Step.EXPIRED:
        money = _deposit_ended(purchase, returns) or gettext("Nothing was charged.")
        return [*steps, _failed(gettext("Not paid in time"), money, purchase.ended_at, zone)]
    if purchase.state is Step.CANCELLED:
        money = _money_after_cancelling(purchase, returns)
        return _with_refunds([*steps, _failed(gettext("Cancelled"), money, purchase.ended_at, zone)], purchase, zone)
    if deposit and not purchase.paid_at:
        steps += _to_come(purchase, deposit, zone)
    elif not purchase.paid_at:
        until = gettext("Until %(time)s") % {"time": time_text(purchase.pay_before, zone)}
        steps.append(TimelineStep(gettext("To be paid"), until, "now"))
    return _with_refunds(steps + _after_payment(purchase, zone, leaving), purchase, zone)


def _with_refunds(steps: Sequence[TimelineStep], purchase: PurchaseShown, zone: str) -> list[TimelineStep]:
    """What went back joins what happened, by its moment; of a cancelled order its own part says so."""
    by_moment: dict[datetime, list[RefundShown]] = {}
    for order in purchase.orders:
        for one in order.refunds:
            if one.reason is not RefundReason.CANCELLED and one.paid_minor:
                by_moment.setdefault(one.at, []).append(one)
    happened = [step for step in steps if step.state == "done"]
    for at, some in by_moment.items():
        amount = money_text(sum(one.paid_minor for one in some), purchase.currency)
        happened.append(_done(gettext("Money back"), at, zone, f"{amount} ({refund_reasons(some)})"))
    return _in_order([*happened, *(step for step in steps if step.state != "done")])


def _in_order(steps: Sequence[TimelineStep]) -> list[TimelineStep]:
    """What happened by its moments, then what failed, and what is to come."""
    happened = sorted(
        (step for step in steps if step.state == "done"), key=lambda step: datetime.fromisoformat(step.at_iso)
    )
    return [*happened, *(step for step in steps if step.state != "done")]


def _to_come(purchase: PurchaseShown, deposit: DepositShown, zone: str) -> list[TimelineStep]:
    """What is to be paid of a presale: first the deposit, then the rest."""
    until = gettext("Until %(time)s") % {"time": time_text(purchase.pay_before, zone)}
    first = [] if deposit.deposited_at else [TimelineStep(gettext("Deposit to be paid"), until, "now")]
    rest = TimelineStep(gettext("The rest to be paid"), window_text(deposit, zone), "" if first else "now")
    return [*first, rest]


def order_moments(order: OrderShown, *, zone: str) -> list[tuple[str, str, str]]:
    """Return what happened to an order after it was paid: (words, moment for machines, moment for people)."""
    happened = [
        (gettext("Shipped"), order.shipped_at),
        (gettext("Delivered"), order.delivered_at),
        (gettext("Completed"), order.ended_at if order.state is Step.COMPLETED else None),
        (gettext("Cancelled"), order.ended_at if order.state is Step.CANCELLED else None),
    ]
    return [(words, at.isoformat(), short_moment_text(at, zone)) for words, at in happened if at]


def _order_states(purchase: PurchaseShown | PurchaseListed) -> Sequence[Step]:
    if isinstance(purchase, PurchaseListed):
        return purchase.order_states
    return [order.state for order in purchase.orders]


def _to_be_paid(purchase: PurchaseShown | PurchaseListed, now: datetime, zone: str) -> NextStep:
    left_s = (purchase.pay_before - now).total_seconds()
    if left_s <= 0:
        return NextStep(
            gettext("The time to pay is over"),
            gettext(
                "It ends by itself in a moment. Nothing was charged, and what was kept for you goes on sale again."
            ),
        )
    minutes = -int(-left_s // 60)
    text = ngettext(
        "What you ordered is kept for you for %(minutes)s more minute.",
        "What you ordered is kept for you for %(minutes)s more minutes.",
        minutes,
    ) % {"minutes": number_text(minutes)}
    title = gettext("Pay until %(time)s") % {"time": time_text(purchase.pay_before, zone)}
    return NextStep(title, text, may_pay=True, may_cancel=True)


def _money_after_cancelling(purchase: PurchaseShown | PurchaseListed, returns: Returns) -> str:
    ended = _deposit_ended(purchase, returns)
    if ended or not purchase.paid_at:
        return ended or gettext("Nothing was charged.")
    return back_text(purchase.total_minor, purchase.currency, returns)


def _deposit_ended(purchase: PurchaseShown | PurchaseListed, returns: Returns) -> str:
    """What became of a deposit, and where it is now; "" where none was paid, or it counted."""
    deposit, currency = purchase.deposit, purchase.currency
    ended = end_text(deposit, currency) if deposit else None
    if deposit is None or ended is None:
        return ""
    back_minor = returned_minor(deposit)
    return f"{ended} {back_text(back_minor, currency, returns)}" if back_minor else ended


def _further_text(step: Step, further: int, orders: int) -> str:
    counts = {"some": number_text(further), "all": number_text(orders)}
    if step is Step.PAID:
        return gettext("%(some)s of %(all)s orders are on their way already.") % counts
    return gettext("%(some)s of %(all)s orders have arrived already.") % counts


def _after_payment(purchase: PurchaseShown, zone: str, leaving: Mapping[int, LeavingWords]) -> list[TimelineStep]:
    """What follows payment happens to each order; a step is done once the last one has come so far."""
    going = [order for order in purchase.orders if order.state is not Step.CANCELLED]
    titles = {
        Step.SHIPPED: gettext("Shipped"),
        Step.DELIVERED: gettext("Delivered"),
        Step.COMPLETED: gettext("Completed"),
    }
    steps: list[TimelineStep] = []
    is_next = purchase.paid_at is not None
    for step, title in titles.items():
        moments = [at for order in going if order.state >= step and (at := _moment_of(order, step))]
        if len(moments) == len(going):
            parcels = _parcels_text(going, leaving) if step is Step.SHIPPED else ""
            steps.append(_done(title, max(moments), zone, parcels))
            continue
        counts = {"some": number_text(len(moments)), "all": number_text(len(going))}
        text = gettext("%(some)s of %(all)s orders") % counts if moments else ""
        if step is Step.SHIPPED and moments:
            text = " · ".join(filter(None, [text, _parcels_text(going, leaving)]))
        if step is Step.COMPLETED:
            text = " · ".join(filter(None, [text, _completing_text(going, leaving)]))
        steps.append(TimelineStep(title, text, "now" if is_next else ""))
        is_next = False
    return steps


def _parcels_text(orders: Sequence[OrderShown], leaving: Mapping[int, LeavingWords]) -> str:
    parcels = [parcel for order in orders if order.id in leaving for parcel in leaving[order.id].parcels]
    return ", ".join(f"{one.carrier} {one.tracking_number}".strip() for one in parcels)


def _completing_text(orders: Sequence[OrderShown], leaving: Mapping[int, LeavingWords]) -> str:
    """When the orders complete by themselves, where that is one day for all that is on its way."""
    told = {leaving[order.id].completes for order in orders if order.id in leaving} - {""}
    return told.pop() if len(told) == 1 else ""


def _moment_of(order: OrderShown, step: Step) -> datetime | None:
    moments = {Step.SHIPPED: order.shipped_at, Step.DELIVERED: order.delivered_at, Step.COMPLETED: order.ended_at}
    return moments[step]


def _done(title: str, at: datetime, zone: str, text: str = "") -> TimelineStep:
    return TimelineStep(title, text, "done", at.isoformat(), short_moment_text(at, zone))


def _failed(title: str, text: str, at: datetime | None, zone: str) -> TimelineStep:
    if at is None:
        return TimelineStep(title, text, "failed")
    return TimelineStep(title, text, "failed", at.isoformat(), short_moment_text(at, zone))
