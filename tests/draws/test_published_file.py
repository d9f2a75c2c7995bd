"""The published file: what is written is verified, and each field that somebody changes is seen."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from fairground.draws.rules.drawing import list_entries, pseudonym
from fairground.draws.rules.published import (
    BadFileError,
    Head,
    PrizeLine,
    own_entries,
    prove,
    root_of,
    verify_published,
    write_list,
    write_proof,
)
from tests.factories import NOW

SALT, SECRET = b"k" * 32, b"s" * 32
ENTRIES = [(shopper, 3, day) for shopper in range(100, 110) for day in (1, 2)]
PRIZES = [PrizeLine(1, 1, "wallet", {"EU": 500}), PrizeLine(2, 3, "exemption", {"EU": 900})]


def make_file(*, is_drawn: bool = True) -> list[bytes]:
    """Return the lines of a draw's file."""
    entrants = [one[0] for one in list_entries(salt=SALT, entries=ENTRIES)]
    head = Head(
        algorithm="fairground-draw-1",
        draw="gala",
        festival="fair",
        markets=["EU"],
        opens_at=NOW,
        closes_at=NOW,
        closed_at=NOW,
        beacon_source="a beacon",
        beacon_at=NOW,
        commitment=hashlib.sha256(SECRET).hexdigest(),
        prizes=PRIZES,
        ceilings_minor={"EU": 1000},
        entries=len(entrants),
        entrants=10,
    )
    pieces = list(write_list(head, entrants))
    proof = prove(secret=SECRET, root=root_of(pieces), beacon="cafe", prizes=PRIZES, entrants=entrants)
    return b"".join([*pieces, *([write_proof(proof)] if is_drawn else [])]).splitlines(keepends=True)


def red(lines: list[bytes], *, root_noted: str | None = None) -> list[str]:
    """Return the keys of what is not so."""
    return [finding.key for finding in verify_published(lines, root_noted=root_noted).findings if not finding.ok]


def changed(lines: list[bytes], at: int, change: Callable[[Any], object]) -> list[bytes]:
    """Return the lines with the JSON of one changed."""
    said = json.loads(lines[at])
    change(said)
    return [*lines[:at], json.dumps(said).encode() + b"\n", *lines[at + 1 :]]


def root_in(lines: list[bytes]) -> str:
    """Return the root of a drawn file."""
    return hashlib.sha256(b"".join(lines[:-1])).hexdigest()


def test_a_file_that_was_published_is_right_before_and_after_the_drawing() -> None:
    before, drawn = verify_published(make_file(is_drawn=False)), verify_published(make_file())

    assert (before.ok, before.is_drawn, before.winners) == (True, False, ())
    assert (drawn.ok, drawn.is_drawn, len(drawn.winners)) == (True, True, 4)
    assert before.root == drawn.root == root_in(make_file())
    assert [winner.rank for winner in drawn.winners] == [1, 2, 2, 2]


@pytest.mark.parametrize(
    ("field", "value", "keys"),
    [
        ("algorithm", "fairground-draw-2", ["algorithm", "root", "seed", "winners"]),
        ("draw", "other", ["root", "seed", "winners"]),
        ("festival", "other", ["root", "seed", "winners"]),
        ("markets", [], ["root", "seed", "winners"]),
        ("opens_at", "2026-11-10T00:00:00Z", ["root", "seed", "winners"]),
        ("closes_at", "2026-11-10T00:00:00Z", ["root", "seed", "winners"]),
        ("closed_at", "2026-11-10T00:00:00Z", ["root", "seed", "winners"]),
        ("beacon_source", "another beacon", ["root", "seed", "winners"]),
        ("beacon_at", "2026-11-10T00:00:00Z", ["root", "seed", "winners"]),
        ("commitment", "0" * 64, ["root", "commitment", "seed", "winners"]),
        ("ceilings_minor", {}, ["root", "seed", "winners"]),
        ("entries", 19, ["entries", "root", "seed", "winners"]),
        ("entrants", 11, ["entrants", "root", "seed", "winners"]),
    ],
)
def test_a_changed_field_of_the_head_is_seen(field: str, value: object, keys: list[str]) -> None:
    lines = changed(make_file(), 0, lambda head: head.__setitem__(field, value))

    assert red(lines) == keys


def test_a_changed_prize_is_seen() -> None:
    lines = changed(make_file(), 0, lambda head: head["prizes"][0]["amounts_minor"].__setitem__("EU", 501))

    assert red(lines) == ["root", "seed", "winners"]


def test_an_entry_put_in_taken_out_or_moved_is_seen() -> None:
    lines = make_file()
    stranger = json.dumps({"entry": 21, "entrant": "f" * 64}).encode() + b"\n"

    assert red([*lines[:-1], stranger, lines[-1]]) == ["entries", "entrants", "root", "seed", "winners"]
    assert "entries" in red([*lines[:5], *lines[6:]])
    assert "numbers" in red([*lines[:5], *lines[6:]])
    assert {"numbers", "order", "root"} <= set(red([lines[0], lines[3], *lines[1:3], *lines[4:]]))


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("secret", "00" * 32, "commitment"),
        ("beacon", "caff", "seed"),
        ("root", "00" * 32, "root"),
        ("seed", "00", "seed"),
    ],
)
def test_a_changed_field_of_the_proof_is_seen(field: str, value: str, key: str) -> None:
    lines = make_file()
    said = json.loads(lines[-1])
    said["proof"][field] = value

    assert key in red([*lines[:-1], json.dumps(said, separators=(",", ":")).encode() + b"\n"])


@pytest.mark.parametrize("field", ["place", "rank", "entry", "entrant"])
def test_a_changed_winner_is_seen(field: str) -> None:
    lines = make_file()
    said = json.loads(lines[-1])
    winner = said["proof"]["winners"][2]
    winner[field] = "f" * 64 if field == "entrant" else winner[field] + 1

    assert red([*lines[:-1], json.dumps(said, separators=(",", ":")).encode() + b"\n"]) == ["winners"]


def test_a_file_made_up_as_a_whole_agrees_with_itself_and_not_with_the_root_that_was_noted() -> None:
    noted = root_in(make_file())
    head = json.loads(make_file()[0])
    forged_list = [json.dumps(head | {"beacon_source": "mine"}).encode() + b"\n", *make_file()[1:-1]]
    entrants = [json.loads(line)["entrant"] for line in forged_list[1:]]
    proof = prove(secret=SECRET, root=root_of(forged_list), beacon="cafe", prizes=PRIZES, entrants=entrants)
    forged = [*forged_list, write_proof(proof)]

    assert red(forged) == []
    assert red(forged, root_noted=noted) == ["root-noted"]
    assert red(make_file(), root_noted=noted.upper()) == []


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "the file is empty"),
        ([b"no json\n"], "line 1: "),
        ([*make_file(is_drawn=False), b"{}\n"], "line 22: "),
        ([*make_file(), b'{"entry":21,"entrant":"a"}\n'], "line 23: nothing follows the proof"),
        (
            [*make_file()[:-1], b'{"proof":{"secret":"xx","beacon":"","root":"","seed":"","winners":[]}}\n'],
            "the secret",
        ),
    ],
)
def test_what_is_no_such_file_is_said_with_its_line(lines: list[bytes], words: str) -> None:
    with pytest.raises(BadFileError, match=words):
        verify_published(lines)


def test_an_entrant_finds_their_entries_and_their_place() -> None:
    lines = make_file()
    winner = verify_published(lines).winners[0]
    [shopper] = [one for one in range(100, 110) if pseudonym(salt=SALT, shopper_id=one) == winner.entrant]

    own = own_entries(lines, salt=SALT, shopper_id=shopper)
    stranger = own_entries(lines, salt=SALT, shopper_id=999)

    assert (own.pseudonym, len(own.entries), own.places) == (winner.entrant, 2, (1,))
    assert winner.entry in own.entries
    assert (stranger.entries, stranger.places) == ((), ())
