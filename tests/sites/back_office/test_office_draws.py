"""Draws in the back office: the table tells no secret, and each step asks first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fairground.draws.models import Draw, Winner
from fairground.draws.queries import published_file
from fairground.draws.rules.published import root_of
from fairground.draws.rules.terms import DrawState
from fairground.kernel.models import AuditEntry
from tests.draws.making import draw_row, enter_free, make_draw
from tests.factories import make_market, make_shopper
from tests.sites.back_office.staff import sign_in

AHEAD = datetime(2080, 1, 1, tzinfo=UTC)
STEP = "/back-office/draws/gala/step/"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def make_draft(**changes: Any) -> None:
    """Make a draft that can be announced whenever the test runs."""
    times = {"opens_at": AHEAD, "closes_at": AHEAD + HOUR, "beacon_at": AHEAD + 2 * HOUR}
    make_draw(is_open=False, **{**times, **changes})


def in_the_past() -> None:
    """Let a draw's time of entry be over for some hours; the state stays."""
    now = datetime.now(UTC)
    Draw.objects.update(opens_at=now - 5 * HOUR, closes_at=now - 4 * HOUR, beacon_at=now - 3 * HOUR)


def test_a_draw_is_announced_closed_and_drawn_step_by_step() -> None:
    make_draft()
    client, ada = sign_in(), make_shopper()

    assert b"Its terms can't be changed any more." in client.get(STEP).content
    client.post(STEP, {"step": "draft"})
    assert draw_row().state == DrawState.OPEN
    in_the_past()
    enter_free(ada, now=draw_row().opens_at)
    client.post(STEP, {"step": "open"})
    assert draw_row().state == DrawState.CLOSED
    now = datetime.now(UTC)
    Draw.objects.update(closed_at=now - 3 * HOUR, beacon_at=now - 2 * HOUR)
    assert b"What came out" in client.get(STEP).content
    Draw.objects.update(root=reckoned_root())
    client.post(STEP, {"step": "closed", "beacon": "cafe", "seen_at": f"{now - HOUR:%Y-%m-%dT%H:%M:%S}"})

    assert (draw_row().state, draw_row().beacon, Winner.objects.count()) == (DrawState.DRAWN, "cafe", 1)
    assert client.get(STEP).status_code == 404
    entries = AuditEntry.objects.filter(subject_kind="draw", user_id__isnull=False).order_by("id")
    assert [one.verb for one in entries] == ["opened", "closed", "drawn"]


def reckoned_root() -> str:
    """Return the root of the list with the times that the test moved."""
    return root_of(published_file(slug="gala")).hex()


def test_a_step_that_was_taken_meanwhile_is_not_another_one() -> None:
    make_draft()
    client = sign_in()
    client.post(STEP, {"step": "draft"})
    before = draw_row().state

    answer = client.post(STEP, {"step": "draft"}, follow=True)

    assert b"It has taken this step before" in answer.content
    assert draw_row().state == before


@pytest.mark.parametrize(
    ("beacon", "seen_at", "words"),
    [
        ("cafe", "2026-01-01T00:00:00", b"somebody could have known it"),
        ("cafe", "no moment", b"somebody could have known it"),
        ("cafe", "2081-01-01T00:00:00", b"That moment is still to come"),
        ("ca fe", "2026-01-01T00:00:00", b"printable letters"),
    ],
)
def test_a_value_that_does_not_count_is_refused_in_words(beacon: str, seen_at: str, words: bytes) -> None:
    make_draft()
    client = sign_in()
    client.post(STEP, {"step": "draft"})
    in_the_past()
    client.post(STEP, {"step": "open"})

    answer = client.post(STEP, {"step": "closed", "beacon": beacon, "seen_at": seen_at}, follow=True)

    assert words in answer.content
    assert draw_row().state == DrawState.CLOSED


def test_the_table_shows_where_draws_stand_and_no_secret() -> None:
    make_draft()
    client, row = sign_in(), draw_row()
    listed = client.get("/back-office/draws/draw/").content.decode()
    shown = client.get(f"/back-office/draws/draw/{row.pk}/change/").content.decode()

    assert "The gala&#x27;s draw" in listed
    assert "1000.00 of 1000.00 EUR" in listed
    assert row.commitment in shown
    assert "Announce" in shown
    for secret in (bytes(row.secret), bytes(row.salt)):
        assert secret.hex() not in listed + shown
        assert str(row.secret) not in shown


@pytest.mark.parametrize("role", ["support", "editor"])
def test_only_an_operator_takes_steps(role: str) -> None:
    make_draft()

    assert sign_in(role).post(STEP, {"step": "draft"}).status_code == 403
    assert draw_row().state == DrawState.DRAFT
