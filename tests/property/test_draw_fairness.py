"""Draws by the thousand: no entry is likelier than another, and nothing depends on the order of entering."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from fairground.draws.rules.drawing import list_entries, pick_entries
from fairground.draws.rules.published import (
    BadFileError,
    Head,
    PrizeLine,
    prove,
    root_of,
    verify_published,
    write_list,
    write_proof,
)
from tests.factories import NOW

# Chi-square, 0.1 % on the right, by degrees of freedom.
CRITICAL = {6: 22.458, 9: 27.877}
DRAWS = 20_000
entries = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 3), st.integers(1, 9)), unique=True, max_size=60)


def seed(number: int) -> bytes:
    return hashlib.sha256(b"seed %d" % number).digest()


def chi_square(counts: dict[int, int], expected: dict[int, float]) -> float:
    return sum((counts.get(one, 0) - wanted) ** 2 / wanted for one, wanted in expected.items())


def test_every_entry_wins_the_first_place_equally_often() -> None:
    entrants = [f"{number}" for number in range(7)]
    counts: dict[int, int] = {}
    for number in range(DRAWS):
        [won] = pick_entries(seed=seed(number), entrants=entrants, places=1)
        counts[won] = counts.get(won, 0) + 1

    assert chi_square(counts, dict.fromkeys(range(1, 8), DRAWS / 7)) < CRITICAL[6]


def test_every_entrant_wins_the_last_of_three_places_equally_often() -> None:
    entrants = [f"{number}" for number in range(10)]
    counts: dict[int, int] = {}
    for number in range(DRAWS):
        last = pick_entries(seed=seed(number), entrants=entrants, places=3)[-1]
        counts[last] = counts.get(last, 0) + 1

    assert chi_square(counts, dict.fromkeys(range(1, 11), DRAWS / 10)) < CRITICAL[9]


def test_who_has_more_entries_wins_so_much_more_often() -> None:
    weights = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7}
    entrants = [name for name, count in weights.items() for _ in range(count)]
    counts: dict[int, int] = {}
    for number in range(DRAWS):
        [won] = pick_entries(seed=seed(number), entrants=entrants, places=1)
        counts[ord(entrants[won - 1])] = counts.get(ord(entrants[won - 1]), 0) + 1

    expected = {ord(name): DRAWS * count / len(entrants) for name, count in weights.items()}
    assert chi_square(counts, expected) < CRITICAL[6]


def test_a_picker_that_favours_the_first_entry_is_seen() -> None:
    """The negative control: one in fifty of its wins is moved to the first entry."""
    counts: dict[int, int] = {}
    for number in range(DRAWS):
        [won] = pick_entries(seed=seed(number), entrants=[f"{one}" for one in range(7)], places=1)
        won = 1 if number % 50 == 0 else won
        counts[won] = counts.get(won, 0) + 1

    assert chi_square(counts, dict.fromkeys(range(1, 8), DRAWS / 7)) > CRITICAL[6]


@given(entries, st.randoms(use_true_random=False))
def test_the_list_does_not_depend_on_the_order_of_entering(made: list[tuple[int, int, int]], chance: "object") -> None:
    shuffled = list(made)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert list_entries(salt=b"k" * 32, entries=shuffled) == list_entries(salt=b"k" * 32, entries=made)


@given(entries, st.integers(0, 20), st.binary(min_size=32, max_size=32))
def test_a_file_that_was_written_is_verified_and_everybody_wins_once(
    made: list[tuple[int, int, int]], places: int, secret: bytes
) -> None:
    entrants = [one[0] for one in list_entries(salt=b"k" * 32, entries=made)]
    lines = drawn_lines(entrants, places, secret)

    found = verify_published(lines)

    winners = [winner.entrant for winner in found.winners]
    assert found.ok
    assert len(winners) == len(set(winners)) == min(places, len(set(entrants)))


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 3), st.integers(1, 3)), unique=True, min_size=2), st.data())
def test_one_letter_changed_anywhere_is_seen(made: list[tuple[int, int, int]], data: st.DataObject) -> None:
    entrants = [one[0] for one in list_entries(salt=b"k" * 32, entries=made)]
    whole = b"".join(drawn_lines(entrants, 3, b"s" * 32))
    at = data.draw(st.integers(0, len(whole) - 1))
    letter = data.draw(st.sampled_from(b'0123456789abcdef{}",:x \n'))
    changed = whole[:at] + bytes([letter]) + whole[at + 1 :]

    try:
        found = verify_published(changed.splitlines(keepends=True))
    except BadFileError:
        return
    # What only spaces the proof's JSON says the same.
    assert not found.ok or changed == whole or b" " in changed.splitlines()[-1] or changed[:-1] == whole[:-1]


def drawn_lines(entrants: list[str], places: int, secret: bytes) -> list[bytes]:
    """Return the file of a draw with so many places."""
    prizes = [PrizeLine(rank=1, count=places, kind="wallet", amounts_minor={"EU": 1})] if places else []
    head = Head(
        algorithm="fairground-draw-1",
        draw="gala",
        festival="fair",
        markets=[],
        opens_at=NOW,
        closes_at=NOW,
        closed_at=NOW,
        beacon_source="a beacon",
        beacon_at=NOW,
        commitment=hashlib.sha256(secret).hexdigest(),
        prizes=prizes,
        ceilings_minor={},
        entries=len(entrants),
        entrants=len(set(entrants)),
    )
    pieces = list(write_list(head, entrants))
    proof = prove(secret=secret, root=root_of(pieces), beacon="cafe", prizes=prizes, entrants=entrants)
    return b"".join([*pieces, write_proof(proof)]).splitlines(keepends=True)
