"""Switches: what the pages can do without under load is turned off by hand, for a while or until somebody says so.

What can be turned off, and what a page then shows, is declared where it is shown; here is only what is off now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from fairground.kernel.edits import Act, By, require_reason, write_audit
from fairground.kernel.models import Switch
from fairground.kernel.refusal import Refusal


class TimeOver(Refusal):
    """What is turned off for a while comes on later than now; nothing changed."""


@dataclass(frozen=True, slots=True)
class SwitchState:
    """How a switch was set last; `off_until` is None where only somebody turns it on again."""

    off_at: datetime | None
    off_until: datetime | None
    changed_at: datetime
    user_id: int | None
    reason: str

    def is_off(self, *, now: datetime) -> bool:
        """Return whether it is off: a try that is over is on again, without anybody doing anything."""
        return self.off_at is not None and (self.off_until is None or now < self.off_until)


def read_switches() -> Mapping[str, SwitchState]:
    """Return every switch that was ever set, by its name."""
    return {one.name: _state(one) for one in Switch.objects.all()}


def turn_off(*, name: str, by: By, until: datetime | None = None) -> None:
    """Turn something off, until a moment or until `turn_on`; every process knows within a second.

    What is off already is off for the new time and reason.

    :raises ReasonMissing, TimeOver: nothing changed
    """
    require_reason(by)
    if until is not None and until <= by.now:
        raise TimeOver
    _set(name, by, off_at=by.now, off_until=until, verb="switched-off")


def turn_on(*, name: str, by: By) -> None:
    """Turn something on again; what is on stays on."""
    _set(name, by, off_at=None, off_until=None, verb="switched-on")


def _set(name: str, by: By, *, off_at: datetime | None, off_until: datetime | None, verb: str) -> None:
    with transaction.atomic():
        Switch.objects.bulk_create([Switch(name=name, changed_at=by.now)], ignore_conflicts=True)
        before = Switch.objects.select_for_update().get(name=name)
        was_off = _state(before).is_off(now=by.now)
        if off_at is None and not was_off:
            return
        facts = {"off": (was_off, off_at is not None), "until": (_moment(before.off_until), _moment(off_until))}
        Switch.objects.filter(name=name).update(
            off_at=off_at, off_until=off_until, changed_at=by.now, user_id=by.user_id, reason=by.reason
        )
        write_audit(by=by, acts=[Act(verb, "switch", name, facts)])


def _state(row: Switch) -> SwitchState:
    return SwitchState(row.off_at, row.off_until, row.changed_at, row.user_id, row.reason)


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
