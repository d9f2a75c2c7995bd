"""Pure decisions of after-sale: which state follows which, until when something may be asked, what goes where."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum

from msgspec.structs import replace

from fairground.checkout.rules.refunding import LineSold, RefundPlan, units_back
from fairground.fulfilment.rules import withdrawal_ends_at
from fairground.orders.rules import RefundReason
from fairground.promotions.rules.refunding import Ahead, refund_left


class CaseState(IntEnum):
    """Where a case stands."""

    OPENED = 1  # the merchant has to answer
    ACCEPTED = 2  # the goods have to come back
    SENT = 3  # they are on their way
    REFUSED = 4  # the shopper may ask the operator
    ESCALATED = 5  # the operator has to decide
    REFUNDED = 6
    EXCHANGED = 7
    CLOSED = 8  # the refusal stands
    WITHDRAWN = 9
    EXPIRED = 10  # nothing was sent back
    # Numbered as what happened, below.
    REPLACING = 13  # the other units have to leave
    REPLACED = 14  # they are on their way
    LOST = 15  # they did not come: others are sent, or the money goes back


class ReplacementEnd(IntEnum):
    """What became of the other units of an exchange."""

    ARRIVED = 1
    LOST = 2
    MONEY = 3  # they never left: the money went back instead


class CaseReason(IntEnum):
    """What is the matter."""

    CHANGED_MIND = 1
    FAULTY = 2
    WRONG = 3  # other goods than were ordered
    MISSING = 4  # it did not come, or less than was ordered
    OTHER = 5


class Wish(IntEnum):
    """What the shopper would like."""

    MONEY = 1
    EXCHANGE = 2


class Who(IntEnum):
    """Who did something in a case."""

    SHOPPER = 1
    MERCHANT = 2
    OPERATOR = 3
    CLOCK = 4  # nobody: a deadline passed


class Happened(IntEnum):
    """What stands in a case's history; those that are called as a state tell that the case came into it."""

    OPENED = 1
    ACCEPTED = 2
    SENT = 3
    REFUSED = 4
    ESCALATED = 5
    REFUNDED = 6
    EXCHANGED = 7
    CLOSED = 8
    WITHDRAWN = 9
    EXPIRED = 10
    RECEIVED = 11
    NO_LONGER_THERE = 12  # what it should be exchanged for: it goes on as money
    REPLACING = 13
    REPLACED = 14
    LOST = 15
    LABEL = 16  # how the goods go back was told, or told anew


_SETTLED = frozenset({CaseState.REFUNDED, CaseState.REPLACING})
TRANSITIONS: dict[CaseState, frozenset[CaseState]] = {
    CaseState.OPENED: frozenset({CaseState.ACCEPTED, CaseState.REFUSED, CaseState.ESCALATED, CaseState.WITHDRAWN})
    | _SETTLED,
    CaseState.ACCEPTED: frozenset({CaseState.SENT, CaseState.REFUSED, CaseState.EXPIRED, CaseState.WITHDRAWN})
    | _SETTLED,
    CaseState.SENT: frozenset({CaseState.REFUSED, CaseState.ESCALATED}) | _SETTLED,
    CaseState.REFUSED: frozenset({CaseState.ESCALATED, CaseState.CLOSED, CaseState.WITHDRAWN}),
    CaseState.ESCALATED: frozenset({CaseState.ACCEPTED, CaseState.CLOSED, CaseState.WITHDRAWN}) | _SETTLED,
    CaseState.REPLACING: frozenset({CaseState.REPLACED, CaseState.REFUNDED}),
    CaseState.REPLACED: frozenset({CaseState.EXCHANGED, CaseState.LOST}),
    CaseState.LOST: frozenset({CaseState.REPLACING, CaseState.EXCHANGED, CaseState.REFUNDED}),
    CaseState.REFUNDED: frozenset(),
    CaseState.EXCHANGED: frozenset(),
    CaseState.CLOSED: frozenset(),
    CaseState.WITHDRAWN: frozenset(),
    CaseState.EXPIRED: frozenset(),
}
OPEN_STATES = frozenset(state for state, then in TRANSITIONS.items() if then)
# Where others are late with a replacement, the shopper may have the money instead.
MONEY_WHEN_LATE = frozenset({CaseState.REPLACING, CaseState.LOST})
# A deadline that passes does something, except that an operator who is late is only shown as late.
SWEPT_STATES = OPEN_STATES - MONEY_WHEN_LATE - {CaseState.ESCALATED}

# In these the merchant has to do something: answer, say what came back, send the replacement, make good for one lost.
MERCHANTS_STATES = frozenset({CaseState.OPENED, CaseState.SENT, CaseState.REPLACING, CaseState.LOST})
# A day is time to answer before silence does.
REMINDED_BEFORE = timedelta(days=1)
# Each is told with the state that it leads to.
_STEPS_ON_THE_WAY = frozenset({Happened.RECEIVED, Happened.NO_LONGER_THERE})

# Most parcels come within a week: before that, one that is on its way has not failed to come.
UNDERWAY_DAYS = 7
# More cases of one order than parcels it could come in are somebody who tries something out.
CASES_AN_ORDER_MAX = 20
TEXT_LENGTH_MAX = 2_000
# A conversation that is longer wants a telephone.
MESSAGES_MAX = 60
# Of either side: views of a thing from all sides.
EVIDENCE_MAX = 6
TRACKING_LENGTH_MAX = 60

_REFUNDED_FOR: dict[CaseReason, RefundReason] = {
    CaseReason.CHANGED_MIND: RefundReason.WITHDRAWN,
    CaseReason.FAULTY: RefundReason.FAULTY,
    CaseReason.WRONG: RefundReason.FAULTY,
    CaseReason.MISSING: RefundReason.MISSING,
    CaseReason.OTHER: RefundReason.GOODWILL,
}


def is_told(reader: Who, *, kind: Happened, who: Who) -> bool:
    """Return whether a letter tells `reader` of what `who` did: nobody of what they did themselves.

    But of what it has to send a merchant is always told: who packs may be somebody else than who agreed.
    """
    if reader is Who.MERCHANT and kind is Happened.REPLACING:
        return True
    return who is not reader and kind not in _STEPS_ON_THE_WAY


def may_follow(now: CaseState, then: CaseState) -> bool:
    """Return whether a case in `now` may go to `then`."""
    return then in TRANSITIONS[now]


def lost_from(*, sent_at: datetime) -> datetime:
    """Return from when on a shopper may say that a replacement did not come."""
    return sent_at + timedelta(days=UNDERWAY_DAYS)


def asked_from(reason: CaseReason, *, shipped_at: datetime | None, delivered_at: datetime | None) -> datetime | None:
    """Return from when on a case may be opened for a reason; None where that is at once.

    That something did not come is said of what counts as delivered, or has been on its way for long enough.
    """
    if reason is not CaseReason.MISSING or shipped_at is None or delivered_at is not None:
        return None
    return shipped_at + timedelta(days=UNDERWAY_DAYS)


def asked_until(
    reason: CaseReason, *, delivered_at: datetime | None, days: int, zone: str, claim_days: int
) -> datetime | None:
    """Return until when a case may be opened for a reason; None where its time has not begun.

    To change one's mind the law of the market gives so many days, in its zone, as long as for a withdrawal; for what
    was wrong with the goods `claim_days`.
    """
    if delivered_at is None:
        return None
    if reason is CaseReason.CHANGED_MIND:
        return withdrawal_ends_at(delivered_at=delivered_at, days=days, zone=zone)
    return delivered_at + timedelta(days=claim_days)


def is_about_parcels(
    asked: Mapping[int, int], *, reason: CaseReason, kept: Mapping[int, int], shipped: Mapping[int, int]
) -> bool:
    """Return whether a case, by line number, is about goods that have left rather than about those that are still here.

    It is where it asks about more than is here, and where it says what only who has the goods can see.
    """
    is_seen = reason in {CaseReason.FAULTY, CaseReason.WRONG}
    return any(
        units > kept[line_no] - shipped.get(line_no, 0) or (is_seen and line_no in shipped)
        for line_no, units in asked.items()
    )


def needs_right(reason: CaseReason, *, is_shipped: bool) -> bool:
    """Return whether a case may only be opened where the law gives a right to change one's mind.

    What has not left costs nobody anything, so it may be given up anywhere.
    """
    return reason is CaseReason.CHANGED_MIND and is_shipped


def refund_reason(reason: CaseReason) -> RefundReason:
    """Return the reason that stands on the refund."""
    return _REFUNDED_FOR[reason]


def silence_accepts(reason: CaseReason) -> bool:
    """Return whether who does not answer has accepted: not what would pay without any goods; the operator looks."""
    return needs_return(reason)


def needs_return(reason: CaseReason) -> bool:
    """Return whether goods have to come back unless the merchant waives it: what never came can't."""
    return reason is not CaseReason.MISSING


def plans_back(line: LineSold, *, units: int, sellable: int, reason: RefundReason) -> list[RefundPlan]:
    """Return the refunds of units that came back, those that go on the shelf again apart from the others.

    The amounts are those of one refund of all of them: each is what is left after the one before.
    """
    assert 0 <= sellable <= units, (sellable, units)
    plans: list[RefundPlan] = []
    for part, on_shelf in ((sellable, True), (units - sellable, False)):
        if part:
            plans.append(units_back(line, units=part, reason=reason, restocked=on_shelf))
            line = _after(line, units=part)
    return plans


def _after(line: LineSold, *, units: int) -> LineSold:
    """Return the line as it is when so many units more have gone back."""
    gone = refund_left(line.sold, refunded_units=line.refunded_units, units=units, ahead=line.ahead).ahead
    ahead = Ahead(line.ahead.price_minor - gone.price_minor, line.ahead.tax_minor - gone.tax_minor)
    return replace(line, refunded_units=line.refunded_units + units, refunds=line.refunds + 1, ahead=ahead)


def agreed_units(asked: Mapping[int, int], wanted: Mapping[int, int] | None) -> dict[int, int] | None:
    """Return the units by line that are agreed to: all, or the part that is wanted; None where that is no part.

    A part has at least a unit and none that was not asked for.
    """
    if wanted is None:
        return dict(asked)
    fits = all(line_no in asked and 0 <= units <= asked[line_no] for line_no, units in wanted.items())
    agreed = {line_no: units for line_no, units in sorted(wanted.items()) if units > 0}
    return agreed if fits and agreed else None
