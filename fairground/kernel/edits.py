"""What an edit by hand needs: the writers' turn, the word to them that offers changed, and the audit log.

A price, a title, whether something is on sale: batches read all of it once and keep it until the writers' version says
that it changed. So nobody saves such a row alone; whoever edits one takes the turn as an import does.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.models import F
from psycopg.errors import LockNotAvailable

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.models import AuditEntry, Writer
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes

# A batch takes some ten milliseconds. Who sits before a page is told sooner than the page would seem broken.
LOCK_TIMEOUT_MS = 2_000
# A sentence or two, of somebody who moves money or sets a rule by hand; the audit log has room for it.
REASON_MAX = 200

Changes = Mapping[str, tuple[object, object]]


class ShopBusy(Refusal):
    """The writers' turn was not had in time; nothing changed."""


class ReasonMissing(Refusal):
    """Who does this says why, in at most `REASON_MAX` letters; nothing changed."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, when, and why where a reason is asked for; `user_id` None is the command line.

    So it is of a merchant that does not sign in and came `by_link`: that of a letter.
    """

    user_id: int | None
    now: datetime
    reason: str = ""
    by_link: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to what; `facts` has what each field was and is."""

    verb: str
    subject_kind: str
    subject_id: object
    facts: Changes = field(default_factory=dict)


def require_reason(by: By) -> None:
    """Refuse what nobody says why of.

    :raises ReasonMissing: no reason is given, or a longer one
    """
    if not 0 < len(by.reason.strip()) <= REASON_MAX:
        raise ReasonMissing


@contextmanager
def edit_turn(*, lanes: Collection[int], now: datetime) -> Iterator[Turn]:
    """Hold the turn of the writers of `lanes` for one edit, in a transaction that commits when it is done.

    Must be the first lock of the transaction around it, if there is one.

    :raises ShopBusy: the turn was not had within `LOCK_TIMEOUT_MS`
    """
    with transaction.atomic():
        yield take_turn_soon(writer_ids=writers_of_lanes(lanes), now_ms=to_unix_ms(now), ids_max=0, outbox_rows=0)


def take_turn_soon(*, writer_ids: list[int], now_ms: int, ids_max: int, outbox_rows: int) -> Turn:
    """Take a turn as `take_turn` does, for somebody who sits before a page.

    No lock of the transaction is waited for longer than `LOCK_TIMEOUT_MS` from then on.

    :raises ShopBusy: the turn was not had in time
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_TIMEOUT_MS}ms"])
    with busy_where_locked():
        return take_turn(writer_ids=writer_ids, now_ms=now_ms, ids_max=ids_max, outbox_rows=outbox_rows)


@contextmanager
def busy_where_locked() -> Iterator[None]:
    """Refuse where a lock was not had in time.

    :raises ShopBusy: the transaction in which it was wanted is broken
    """
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise ShopBusy from error
        raise


def tell_offers_changed(turn: Turn) -> None:
    """Raise the version by which batches know that they must read offers again."""
    Writer.objects.filter(id__in=turn.offers_versions).update(offers_version=F("offers_version") + 1)


def write_audit(*, by: By, acts: Collection[Act]) -> None:
    """Add what was done to the audit log, in the transaction that does it."""
    assert connection.in_atomic_block, "what is in the log happened, so both commit together"
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=by.now,
            user_id=by.user_id,
            verb=act.verb,
            subject_kind=act.subject_kind,
            subject_id=str(act.subject_id),
            facts={name: list(pair) for name, pair in act.facts.items()},
            reason=by.reason,
        )
        for act in acts
    )


def changes_between(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Return what `after` says otherwise than `before`, by field."""
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}
