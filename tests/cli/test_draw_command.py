"""`fairground draw` as a person calls it: the file that describes a draw, and verifying a published one offline."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fairground.cli.draw import draw
from fairground.cli.draw_files import CHECKS
from fairground.cli.draw_terms import TERMS, BadTermsError, read_terms, refusal_words
from fairground.draws.actions.announce_draws import TermsRefused
from fairground.draws.actions.draw_winners import DrawNotClosed
from fairground.draws.rules.drawing import pseudonym
from fairground.draws.rules.published import verify_published
from fairground.draws.rules.terms import TERMS_WRONG, EntryKind, PrizeKind
from tests.draws.test_published_file import SALT, make_file

COMMANDS = ["pool", "create", "open", "show", "close", "draw", "award", "publish", "verify", "entry"]
DESCRIBED = {
    "slug": "gala",
    "pool": "million",
    "name": {"en": "Gala"},
    "opens_at": "2026-11-10T12:00:00Z",
    "closes_at": "2026-11-12T00:00:00+08:00",
    "ways": ["purchase", "free"],
    "beacon_source": "drand quicknet",
    "beacon_at": "2026-11-12T00:30:00Z",
    "prizes": [{"kind": "exemption", "count": 2, "amounts_minor": {"US": 100}}],
}


def call(*words: str) -> Result:
    return CliRunner().invoke(draw, list(words))


def written(folder: Path, lines: list[bytes], *, name: str = "gala.jsonl") -> str:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(gzip.compress(b"".join(lines)) if name.endswith(".gz") else b"".join(lines))
    return str(path)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = call(command, "--help")

    assert result.exit_code == 0
    assert f"fairground draw {command}" in result.output


def test_a_file_that_was_published_is_verified_without_a_realm(tmp_path: Path) -> None:
    path = written(tmp_path, make_file())
    result = call("verify", path)

    assert result.exit_code == 0, result.output
    assert result.output.count("holds") == 10
    assert "FAILS" not in result.output
    assert "place 1: entry" in result.output


def test_what_was_verified_comes_as_json_too(tmp_path: Path) -> None:
    root = verify_published(make_file()).root
    result = call("verify", written(tmp_path, make_file(), name="gala.jsonl.gz"), "--root", root, "--json")
    said = json.loads(result.output)

    assert (result.exit_code, said["ok"], said["is_drawn"], said["root"]) == (0, True, True, root)
    assert [check["key"] for check in said["checks"]] == list(CHECKS)
    assert [winner["place"] for winner in said["winners"]] == [1, 2, 3, 4]


def test_a_file_that_is_not_so_fails_with_what_is_wrong(tmp_path: Path) -> None:
    result = call("verify", written(tmp_path, make_file()), "--root", "00" * 32)

    assert result.exit_code == 1
    assert "The root is the one that was noted before the beacon: said 0000" in result.output


def test_what_is_no_such_file_is_said_in_words(tmp_path: Path) -> None:
    result = call("verify", written(tmp_path, [b"nothing\n"]))
    broken = call("verify", written(tmp_path, [b"x"], name="a.jsonl"))
    (tmp_path / "b.gz").write_bytes(b"no gzip")

    assert (result.exit_code, broken.exit_code) == (1, 1)
    assert "line 1: " in result.output
    assert "Error: " in call("verify", str(tmp_path / "b.gz")).output


def test_a_list_that_is_not_drawn_yet_says_from_when_the_beacon_counts(tmp_path: Path) -> None:
    result = call("verify", written(tmp_path, make_file(is_drawn=False)))

    assert result.exit_code == 0
    assert "Not drawn yet: the beacon counts from 2026-11-11T00:00:00+00:00." in result.output


def test_an_entrant_finds_their_own_entries(tmp_path: Path) -> None:
    path = written(tmp_path, make_file())
    own = pseudonym(salt=SALT, shopper_id=104)
    result = call("entry", path, "--salt", SALT.hex(), "--shopper", "104", "--json")
    said = json.loads(result.output)

    assert (result.exit_code, said["pseudonym"], len(said["entries"])) == (0, own, 2)
    assert call("entry", path, "--salt", SALT.hex(), "--shopper", "7").exit_code == 1
    assert "64 letters of hexadecimal" in call("entry", path, "--salt", "xy", "--shopper", "7").output


def test_the_file_of_a_draw_is_read_with_its_zones_and_kinds() -> None:
    terms = read_terms(json.dumps(DESCRIBED).encode())

    assert terms.ways == {EntryKind.PURCHASE, EntryKind.FREE}
    assert terms.closes_at.isoformat() == "2026-11-12T00:00:00+08:00"
    assert [(prize.kind, prize.count) for prize in terms.prizes] == [(PrizeKind.EXEMPTION, 2)]
    assert (terms.markets, terms.entries_max) == (frozenset(), 1)


@pytest.mark.parametrize(
    "change",
    [{"opens_at": "2026-11-10T12:00:00"}, {"slug": "No Slug"}, {"ways": ["luck"]}, {"unknown": 1}, {"prizes": [{}]}],
)
def test_a_file_that_describes_no_draw_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadTermsError):
        read_terms(json.dumps(DESCRIBED | change).encode())


def test_every_reason_against_terms_has_words() -> None:
    assert set(TERMS) == set(TERMS_WRONG)
    assert refusal_words(TermsRefused(why="times")) == "entry has to close after it opens"
    assert refusal_words(DrawNotClosed(draw="gala", state="open")) == "gala is open; only a closed draw is drawn"
