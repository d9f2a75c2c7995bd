"""What every step of a case does: hold it, take it to its next state, let go of what it held. No step of its own."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from fairground.aftersales.actions.telling import tell_of_event, tell_of_message
from fairground.aftersales.deadlines import CaseDays, due_after
from fairground.aftersales.models import Case, CaseEvent, CaseLine, CaseMessage
from fairground.aftersales.rules import (
    MESSAGES_MAX,
    OPEN_STATES,
    TEXT_LENGTH_MAX,
    CaseState,
    Happened,
    Who,
    may_follow,
)
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.refusal import Refusal
from fairground.orders.held import UnitsHeld


class NoSuchCase(Refusal):
    """There is no such case, or it is another shopper's."""


class CaseMoved(Refusal):
    """The case is in a `state` from which this can't be done: somebody was quicker, or it was done before."""


class TextMissing(Refusal):
    """It needs words."""


class TextTooLong(Refusal):
    """The text has more than `length_max` characters."""


class TooManyMessages(Refusal):
    """As much was written in the case as fits, `messages_max`."""


class MessageThereAlready(Refusal):
    """The same words of the same side came after who writes looked: a form that was sent twice."""


def hold_case(*, case_id: int, shopper_id: int | None = None) -> Case:
    """Return the case, locked until the transaction ends; with `shopper_id` only that shopper's.

    :raises NoSuchCase: there is none
    """
    case = Case.objects.select_for_update().filter(id=case_id).first()
    if case is None or shopper_id not in {None, case.shopper_id}:
        raise NoSuchCase(case_id=case_id)
    return case


def require_state(case: Case, allowed: Collection[CaseState]) -> None:
    """Refuse what can't be done from where a case is.

    :raises CaseMoved: it is in another state
    """
    if CaseState(case.state) not in allowed:
        raise CaseMoved(state=CaseState(case.state).name.lower())


def move_case(case: Case, *, then: CaseState, who: Who, now: datetime, facts: Mapping[str, object]) -> None:
    """Take a case that is locked to its next state, with its deadline and its line in the history.

    One that ends lets go of the units and of the stock that it held; of stock the caller holds the turn.
    """
    assert may_follow(CaseState(case.state), then), (case.id, case.state, then)
    days = CaseDays(**case.days)
    case.state, case.due_at = then.value, due_after(then, now=now, days=days)
    if then not in OPEN_STATES:
        case.closed_at, case.erase_after = now, now + timedelta(days=days.claim)
        let_go(case)
    case.save(update_fields=["state", "due_at", "closed_at", "erase_after", "wish", "needs_return", "tracking"])
    tell(case, kind=Happened(then.value), who=who, now=now, facts=facts)


def tell(case: Case, *, kind: Happened, who: Who, now: datetime, facts: Mapping[str, object]) -> None:
    """Add a line to a case's history: ids and numbers only."""
    event = CaseEvent.objects.create(case=case, at=now, who=who.value, kind=kind.value, facts=dict(facts))
    tell_of_event(case, event)


def audit(case: Case, *, verb: str, by: By, facts: Mapping[str, object]) -> None:
    """Write what the staff did in a case, or a merchant by the link of a letter, to the audit log."""
    if by.user_id is not None or by.by_link:
        changes: dict[str, tuple[object, object]] = {name: (None, value) for name, value in facts.items()}
        if by.by_link:
            changes["by_link"] = (None, True)
        write_audit(by=by, acts=[Act(verb, "case", case.id, changes)])


def let_go(case: Case) -> None:
    """Hold no units of the order any more, and no stock for an exchange."""
    release_units(case)
    release_swaps(case)


def release_units(case: Case) -> None:
    """Hold no units of the order any more."""
    UnitsHeld.objects.filter(lane=lane_of(case.order_id), order_id=case.order_id, case_id=case.id).delete()


def release_swaps(case: Case) -> None:
    """Put back what was reserved for an exchange; the caller holds the turn where there is any."""
    moves: dict[int, int] = {}
    for line in CaseLine.objects.filter(case=case, swap_reserved__gt=0):
        assert line.swap_stock_id is not None, line.pk
        moves[line.swap_stock_id] = moves.get(line.swap_stock_id, 0) + line.swap_reserved
    move_units({stock_id: UnitsMoved(-units, 0) for stock_id, units in moves.items()})
    CaseLine.objects.filter(case=case, swap_reserved__gt=0).update(swap_reserved=0)


def add_message(case: Case, *, who: Who, text: str, now: datetime, needed: bool = False) -> None:
    """Add words to a case; none are no message.

    :raises TextMissing: words are needed
    :raises TextTooLong: there are too many of them
    :raises TooManyMessages: the case has as many messages as fit
    """
    words = text.replace("\0", "").strip()
    if not words:
        if needed:
            raise TextMissing
        return
    if len(words) > TEXT_LENGTH_MAX:
        raise TextTooLong(length_max=TEXT_LENGTH_MAX)
    if CaseMessage.objects.filter(case=case).count() >= MESSAGES_MAX:
        raise TooManyMessages(messages_max=MESSAGES_MAX)
    tell_of_message(case, CaseMessage.objects.create(case=case, at=now, who=who.value, text=words))


def require_unsaid(case: Case, *, who: Who, text: str, seen: int) -> None:
    """Refuse words of a case that is locked which the same side wrote after the first `seen` messages.

    :raises MessageThereAlready: it did
    """
    words = text.replace("\0", "").strip()
    since = CaseMessage.objects.filter(case=case).order_by("id").values_list("who", "text")[seen:]
    if (who.value, words) in since:
        raise MessageThereAlready


def purchase_of_case(case_id: int) -> tuple[int, int]:
    """Return the purchase and the order of a case, which never change, to know whose turn to take.

    :raises NoSuchCase: there is no such case
    """
    found = None
    if lane_of(case_id) < LANES:
        found = Case.objects.filter(id=case_id).values_list("purchase_id", "order_id").first()
    if found is None:
        raise NoSuchCase(case_id=case_id)
    return found
