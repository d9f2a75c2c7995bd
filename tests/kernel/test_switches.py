"""Switches: off until somebody says so, or for a try that ends by itself; each turn stands in the audit log."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from fairground.kernel.edits import By, ReasonMissing
from fairground.kernel.models import AuditEntry, Switch
from fairground.kernel.switches import SwitchState, TimeOver, read_switches, turn_off, turn_on
from tests.factories import NOW

pytestmark = pytest.mark.django_db

BY = By(user_id=7, now=NOW, reason="a try")
MINUTE = timedelta(minutes=1)


def test_what_was_never_set_is_not_there() -> None:
    assert read_switches() == {}


def test_it_is_off_until_somebody_turns_it_on() -> None:
    turn_off(name="lamp", by=BY)
    off = read_switches()["lamp"]
    turn_on(name="lamp", by=By(user_id=8, now=NOW + MINUTE))
    on = read_switches()["lamp"]

    assert off == SwitchState(NOW, None, NOW, 7, "a try")
    assert off.is_off(now=NOW + timedelta(days=365))
    assert on == SwitchState(None, None, NOW + MINUTE, 8, "")
    assert not on.is_off(now=NOW)


def test_a_try_is_over_by_itself() -> None:
    turn_off(name="lamp", by=BY, until=NOW + MINUTE)

    state = read_switches()["lamp"]

    assert [state.is_off(now=NOW + seconds * MINUTE / 60) for seconds in (0, 59, 60)] == [True, True, False]


def test_each_turn_is_in_the_audit_log_and_turning_on_what_is_on_is_none() -> None:
    turn_on(name="lamp", by=BY)
    turn_off(name="lamp", by=BY, until=NOW + MINUTE)
    turn_off(name="lamp", by=BY)
    turn_on(name="lamp", by=BY)
    turn_on(name="lamp", by=BY)

    until = (NOW + MINUTE).isoformat(timespec="seconds")
    assert list(AuditEntry.objects.order_by("id").values_list("verb", "subject_kind", "subject_id", "facts")) == [
        ("switched-off", "switch", "lamp", {"off": [False, True], "until": [None, until]}),
        ("switched-off", "switch", "lamp", {"off": [True, True], "until": [until, None]}),
        ("switched-on", "switch", "lamp", {"off": [True, False], "until": [None, None]}),
    ]


def test_without_a_reason_or_for_a_time_that_is_over_nothing_changes() -> None:
    with pytest.raises(ReasonMissing):
        turn_off(name="lamp", by=By(user_id=7, now=NOW, reason="  "))
    with pytest.raises(TimeOver):
        turn_off(name="lamp", by=BY, until=NOW)

    assert read_switches() == {}
    assert not AuditEntry.objects.exists()


def test_the_database_refuses_a_try_that_ends_before_it_began() -> None:
    with pytest.raises(IntegrityError, match="switch_off_for_a_while"):
        Switch.objects.create(name="lamp", off_at=NOW, off_until=NOW, changed_at=NOW)
