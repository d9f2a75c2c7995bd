"""How long things take in a case: the days of the platform, which a market's law may replace. No Django, no clock."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from fairground.aftersales.rules import CaseState
from fairground.fulfilment.rules import ASSUMED_DELIVERED_DAYS

# Longer than a year nobody waits for an answer or a parcel.
STEP_DAYS_MAX = 366
# Norway gives five years (Forbrukerkjøpsloven, § 27), England six (Limitation Act 1980, s. 5): more than ten is a
# slip of the keyboard.
CLAIM_DAYS_MAX = 10 * 366


@dataclass(frozen=True, slots=True)
class CaseDays:
    """The days that each has in a case, and a shopper has to open one. A case keeps those with which it was opened."""

    # A weekend and a working day: who says nothing for so long has accepted.
    answer: int = 3
    # Goods go back within 14 days of saying so (Directive 2011/83/EU, Art. 14(1)).
    send: int = 14
    # What was paid goes back within 14 days, which may wait for the goods (the same, Art. 13); then the operator looks.
    receipt: int = 14
    # As long as one has to think better of a purchase.
    escalate: int = 14
    # So soon an operator means to decide; later it is shown as late.
    decide: int = 7
    # Goods are replaced within a reasonable time (Directive (EU) 2019/771, Art. 14(1)(b)): a week to pack a thing that
    # was set aside already. Who waits for longer may have the money (the same, Art. 13(4)(a)).
    replace: int = 7
    # A replacement comes, or counts as having come, when any parcel does.
    arrive: int = ASSUMED_DELIVERED_DAYS
    # What was wrong with goods can be claimed for two years from the delivery (the same, Art. 10); as long the words of
    # a case are kept that has ended.
    claim: int = 2 * 366


_BY_STATE: Mapping[CaseState, str] = {
    CaseState.OPENED: "answer",
    CaseState.ACCEPTED: "send",
    CaseState.SENT: "receipt",
    CaseState.REFUSED: "escalate",
    CaseState.ESCALATED: "decide",
    CaseState.REPLACING: "replace",
    CaseState.REPLACED: "arrive",
    CaseState.LOST: "answer",
}
NAMES: tuple[str, ...] = tuple(CaseDays.__dataclass_fields__)


def platform_days() -> dict[str, int]:
    """Return the platform's days by name, as a case keeps them."""
    return asdict(CaseDays())


def due_after(state: CaseState, *, now: datetime, days: CaseDays) -> datetime | None:
    """Return until when something has to happen to a case that came into a state now; None where it has ended."""
    return now + timedelta(days=getattr(days, _BY_STATE[state])) if state in _BY_STATE else None


def longest(name: str) -> int:
    """Return the most days that one of the times can have; the least is a day."""
    return CLAIM_DAYS_MAX if name == "claim" else STEP_DAYS_MAX


def out_of_range(days: CaseDays) -> list[str]:
    """Return the names of the times that are too short or too long."""
    return [name for name, count in asdict(days).items() if not 1 <= count <= longest(name)]
