"""Rows set aside: those on which a chore failed, so that the rows behind them do not wait. Each is tried again.

Every wait is longer than the one before, up to hours; somebody who has mended a row has it tried at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.models import WAIT_MAX, SetAside
from fairground.kernel.refusal import Refusal
from fairground.kernel.unforeseen import Unforeseen

# Rows of one chore. Where there are more it is no matter of rows, and the chore fails as a whole.
ASIDE_MAX = 1_000
# A page and a command name so many.
ASIDE_SHOWN_MAX = 200
# After the first try; each further one waits four times as long, at most `WAIT_MAX` (a CHECK of the table).
WAIT_MIN = timedelta(minutes=1)
_WAIT_GROWS = 4
_ERROR_LENGTH_MAX, _PLACE_LENGTH_MAX = 120, 200


class NotAside(Refusal):
    """The row is not set aside, or is not any more; nothing changed."""


@dataclass(frozen=True, slots=True)
class RowAside:
    """A row that waits: of which chore, how often it was tried, and what stopped it last."""

    chore: str
    row_key: str
    since: datetime
    tried_at: datetime
    tries: int
    next_try_at: datetime
    error: str
    place: str


def wait_after(*, tries: int) -> timedelta:
    """Return how long a row waits that failed so often."""
    # Six steps reach the longest wait; more are no further.
    return min(WAIT_MIN * int(_WAIT_GROWS ** min(tries - 1, 6)), WAIT_MAX)


def is_aside(*, chore: str, column: str) -> Exists:
    """Return the condition under which a row, whose key stands in `column`, is set aside by a chore."""
    return Exists(SetAside.objects.filter(chore=chore, row_key=Cast(OuterRef(column), CharField())))


def keys_aside(*, chore: str) -> set[str]:
    """Return the keys of all rows that a chore has set aside."""
    return set(SetAside.objects.filter(chore=chore).values_list("row_key", flat=True))


def keys_to_try(*, chore: str, now: datetime, rows_max: int) -> list[str]:
    """Return the keys of the rows of a chore whose next try has come, those that waited longest first."""
    due = SetAside.objects.filter(chore=chore, next_try_at__lte=now).order_by("next_try_at", "row_key")
    return list(due.values_list("row_key", flat=True)[:rows_max])


def rows_aside(*, rows_max: int = ASIDE_SHOWN_MAX) -> list[RowAside]:
    """Return what is set aside, what waits longest first, at most `rows_max`."""
    names = RowAside.__dataclass_fields__
    rows = SetAside.objects.order_by("since", "chore", "row_key").values_list(*names)[:rows_max]
    return [RowAside(*row) for row in rows]


def count_aside() -> int:
    """Return how many rows are set aside."""
    return SetAside.objects.count()


def set_aside(*, chore: str, row_key: str, why: Unforeseen, now: datetime) -> RowAside | None:
    """Set a row aside, or let one that is aside wait longer; None where the chore has as many as it may have."""
    with transaction.atomic():
        found = SetAside.objects.select_for_update().filter(pk=(chore, row_key)).first()
        if found is None and SetAside.objects.filter(chore=chore).count() >= ASIDE_MAX:
            return None
        tries = min(found.tries + 1, 1_000) if found else 1
        what: dict[str, Any] = {
            "tried_at": now,
            "tries": tries,
            "next_try_at": now + wait_after(tries=tries),
            "error": why.kind[:_ERROR_LENGTH_MAX],
            "place": why.place[:_PLACE_LENGTH_MAX],
        }
        since = found.since if found else now
        key = {"chore": chore, "row_key": row_key}
        SetAside.objects.update_or_create(**key, defaults=what, create_defaults=what | {"since": since})
    return RowAside(chore, row_key, since, now, tries, what["next_try_at"], what["error"], what["place"])


def forget_aside(*, chore: str, row_key: str) -> None:
    """Take a row off the list: it was done, or there is nothing to do with it any more."""
    SetAside.objects.filter(pk=(chore, row_key)).delete()


def try_now(*, chore: str, row_key: str, by: By) -> None:
    """Let a row that is set aside be tried within seconds; it stands in the audit log.

    :raises NotAside: nothing changed
    """
    with transaction.atomic():
        found = SetAside.objects.select_for_update().filter(pk=(chore, row_key)).first()
        if found is None:
            raise NotAside(chore=chore, row=row_key)
        before = found.next_try_at.isoformat(timespec="seconds")
        # Never later than it would have been: who asks twice, or late, changes nothing.
        SetAside.objects.filter(pk=found.pk).update(next_try_at=min(by.now, found.next_try_at))
        facts = {"next_try": (before, by.now.isoformat(timespec="seconds"))}
        write_audit(by=by, acts=[Act("tried-again", "row-set-aside", f"{chore}:{row_key}", facts)])
