"""What becomes of a payment with a provider: the states it passes, and what an answer of the provider leads to.

Pure: it knows how the payment stands with us and there, and whether it could still be used.
"""

from dataclasses import dataclass
from enum import IntEnum

from fairground.payments.providers.provider import At, Standing


class PaymentState(IntEnum):
    """Where a payment stands with us."""

    ASKING = 1  # written down; the provider may not know of it yet
    WAITING = 2  # for the shopper, at the provider
    CAPTURING = 3  # promised and wanted: the provider is asked to take it until it says what it did
    VOIDING = 4  # not wanted: the provider is asked to give it up until it says what it did
    TAKEN = 5  # the money is booked; for good
    ENDED = 6  # nothing was taken


class PaymentEnd(IntEnum):
    """What became of a payment that was taken."""

    PAID = 1
    PAID_LATE = 2  # its purchase had expired, and everything in it could be taken again
    TOPPED_UP = 3
    RETURNED = 4  # nothing could be paid with it: it goes back in full


class RefundState(IntEnum):
    """Where the return of taken money to its provider stands."""

    ASKING = 1
    DONE = 2
    FAILED = 3  # it never will be, so the money stays in the wallet
    UNDONE = 4  # it had arrived, and the provider says that it came back: the money is in the wallet again


# Of these the money stays in the wallet: the provider never returned it, or got it back.
STAY_IN_WALLET = frozenset({RefundState.FAILED, RefundState.UNDONE})


class DisputeState(IntEnum):
    """Where a payment stands that the shopper's bank wants back."""

    NOTICED = 1  # nobody has looked at it yet
    OPEN = 2  # it wants an answer
    CONTESTED = 3  # evidence was sent, or somebody says that it will be
    ACCEPTED = 4  # given up by us; the provider has not closed it yet
    WON = 5
    LOST = 6
    BORNE = 7  # lost, or nothing can ever charge it: what nothing covers is the platform's loss, as somebody says


DISPUTES_OVER = frozenset({DisputeState.WON, DisputeState.LOST, DisputeState.BORNE})
# Of these a claim that is left wants somebody's look.
MAY_LEAVE_CLAIM = frozenset({DisputeState.WON, DisputeState.LOST})
MAY_CONTEST = frozenset({DisputeState.NOTICED, DisputeState.OPEN})
# Also what was lost, where charging it by itself was refused.
MAY_CHARGE = MAY_CONTEST | {DisputeState.CONTESTED, DisputeState.LOST}
# Somebody asked a provider so often how a dispute stands, and was not answered: for more than half a day.
TRIES_IN_VAIN = 100


def may_bear(state: DisputeState, *, is_told: bool, is_chargeable: bool) -> bool:
    """Return whether somebody may say that what is left of a dispute is the platform's loss.

    `is_told`: its provider says how it stands; `is_chargeable`: it is of a payment of ours, in the currency paid.
    """
    if state in {DisputeState.WON, DisputeState.BORNE}:
        return False
    if state in {DisputeState.LOST, DisputeState.ACCEPTED} or not is_told:
        return True
    # Of one that nobody has looked at, nobody knows yet of what payment it is.
    return state is not DisputeState.NOTICED and not is_chargeable


def dispute_after(now: DisputeState, told: DisputeState) -> DisputeState:
    """Return where a dispute stands once a provider told where it does: what we decided stays until it is closed.

    What was borne stays so until it is won; where the bank takes more, that has made it another state before.
    """
    if now is DisputeState.BORNE and told is not DisputeState.WON:
        return now
    if told in DISPUTES_OVER or now not in {DisputeState.CONTESTED, DisputeState.ACCEPTED}:
        return told
    return now


class Why(IntEnum):
    """Why a payment ended otherwise than it was meant to."""

    NONE = 0
    FAILED = 1  # the provider says so
    AMOUNT_DIFFERS = 2  # the provider holds or took another amount, or another currency
    NOT_PAYABLE = 3  # the purchase was paid otherwise, was cancelled, or is not there as it was
    GIVEN_UP = 4  # the shopper wanted to pay otherwise
    NEVER_ASKED = 5  # the provider never heard of it
    TOO_OLD = 6  # nobody went on with it


UNDER_WAY = frozenset({PaymentState.ASKING, PaymentState.WAITING, PaymentState.CAPTURING})
# As long as a reservation that was extended: whoever comes back later finds the goods gone in any case.
WAITING_MAX_MS = 30 * 60_000
# A process that wrote a payment down asks within this time, or never did.
ASKING_MAX_MS = 120_000
# No amount of money is greater: what two of them add up to fits a bigint, and what a browser can count.
AMOUNT_MAX_MINOR = 10**12
# But for lines of a provider's books: a payout is the sum of many payments, and a million in one currency is many in
# another. No provider's answer is read with more.
LINE_MAX_MINOR = 10**15
LOOK_FIRST_MS = 5_000
LOOK_LAST_MS = 600_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known of a payment to judge an answer. `is_usable`: what it is for can be paid with it now."""

    state: PaymentState
    amount_minor: int
    currency: str
    age_ms: int
    is_usable: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state into which an answer leads, and why where that is not what was meant."""

    then: PaymentState
    why: Why = Why.NONE


def judge(facts: Facts, standing: Standing | None) -> Verdict:
    """Return what an answer leads to; None: the provider has never heard of it. What is taken stays taken."""
    state = facts.state
    if state is PaymentState.TAKEN:
        return Verdict(state)
    if standing is None:
        if state is PaymentState.ENDED:
            return Verdict(state)
        never = facts.age_ms >= ASKING_MAX_MS or state not in {PaymentState.ASKING, PaymentState.WAITING}
        return Verdict(PaymentState.ENDED, Why.NEVER_ASKED) if never else Verdict(state)
    if standing.at is At.CAPTURED:
        return Verdict(PaymentState.TAKEN, _why_not(facts, standing))
    if standing.at in {At.VOIDED, At.FAILED}:
        return Verdict(PaymentState.ENDED, Why.FAILED if standing.at is At.FAILED else Why.NONE)
    if state not in UNDER_WAY:
        return Verdict(PaymentState.VOIDING)
    if standing.at is At.AUTHORISED:
        why = _why_not(facts, standing)
        return Verdict(PaymentState.VOIDING if why else PaymentState.CAPTURING, why)
    # A provider that waits may not say an amount yet.
    why = Why.NONE if facts.is_usable else Why.NOT_PAYABLE
    if not why and facts.age_ms >= WAITING_MAX_MS:
        why = Why.TOO_OLD
    if why and state is not PaymentState.CAPTURING:
        return Verdict(PaymentState.VOIDING, why)
    return Verdict(state if state is PaymentState.CAPTURING else PaymentState.WAITING)


def _why_not(facts: Facts, standing: Standing) -> Why:
    if facts.state not in UNDER_WAY:
        return Why.GIVEN_UP
    if (standing.amount_minor, standing.currency) != (facts.amount_minor, facts.currency):
        return Why.AMOUNT_DIFFERS
    return Why.NONE if facts.is_usable else Why.NOT_PAYABLE


def is_sound(standing: Standing) -> bool:
    """Return whether an answer can be true: an amount above nothing that fits our books, in a currency."""
    currency = standing.currency
    is_currency = len(currency) == 3 and currency.isascii() and currency.isupper()  # noqa: PLR2004 - ISO 4217
    return 0 < standing.amount_minor <= AMOUNT_MAX_MINOR and is_currency


def next_look_ms(*, now_ms: int, tries: int) -> int:
    """Return when to ask again: each time twice as long, up to ten minutes."""
    return now_ms + min(LOOK_FIRST_MS << min(tries, 10), LOOK_LAST_MS)
