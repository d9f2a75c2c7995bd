"""After-sale cases in lists: all of mine, and those of a purchase."""

from dataclasses import dataclass

from fairground.aftersales.queries import CaseRow
from fairground.sites.case_words import REASONS, STATES
from fairground.sites.wording import short_moment_text


@dataclass(frozen=True, slots=True)
class CaseRowWords:
    """A case in a list; `look` is how the tag of its state looks."""

    id: str
    number: str
    purchase_number: str
    state: str
    look: str
    reason: str
    opened: str
    opened_iso: str
    due: str
    parcel: str


def row_words(row: CaseRow, zone: str) -> CaseRowWords:
    """Return a case as a list shows it, in a time zone."""
    text, look = STATES[row.state]
    return CaseRowWords(
        id=str(row.id),
        number=row.number,
        purchase_number=row.purchase_number,
        state=str(text),
        look=look,
        reason=str(REASONS[row.reason]),
        opened=short_moment_text(row.opened_at, zone),
        opened_iso=row.opened_at.isoformat(),
        due=short_moment_text(row.due_at, zone) if row.due_at else "",
        parcel=row.parcel,
    )
