"""A million entries: the list closed, drawn, written as a file and verified from it."""

import hashlib
import time
from collections.abc import Callable
from typing import TypeVar

from bench.records import Goal, Result
from bench.telling import say
from fairground.draws.rules.drawing import commitment_of, list_entries
from fairground.draws.rules.published import Head, PrizeLine, prove, root_of, verify_published, write_list, write_proof
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import LANES, make_id

BORN_MS = 1_794_355_200_000
SALT, SECRET = hashlib.sha256(b"salt").digest(), hashlib.sha256(b"secret").digest()
PLACES = 1_000

Made = TypeVar("Made")


def run_draw(*, quick: bool) -> Result:
    """Draw a thousand winners out of a million entries of two thirds as many shoppers, from memory."""
    count = 10_000 if quick else 1_000_000
    shoppers = [make_id(unix_ms=BORN_MS + one // LANES, lane=one % LANES, sequence=0) for one in range(count * 2 // 3)]
    entries = [(shoppers[one % len(shoppers)], 1, one) for one in range(count)]
    prizes = [PrizeLine(rank=1, count=PLACES, kind="wallet", amounts_minor={"US": 100_000})]
    at = from_unix_ms(BORN_MS)
    listed, listed_s = _timed(lambda: [one[0] for one in list_entries(salt=SALT, entries=entries)])
    head = Head(
        algorithm="fairground-draw-1",
        draw="bench",
        festival="bench",
        markets=[],
        opens_at=at,
        closes_at=at,
        closed_at=at,
        beacon_source="bench",
        beacon_at=at,
        commitment=commitment_of(SECRET),
        prizes=prizes,
        ceilings_minor={},
        entries=len(listed),
        entrants=len(shoppers),
    )
    pieces, written_s = _timed(lambda: list(write_list(head, listed)))
    root, hashed_s = _timed(lambda: root_of(pieces))
    proof, picked_s = _timed(lambda: prove(secret=SECRET, root=root, beacon="bench", prizes=prizes, entrants=listed))
    lines = b"".join([*pieces, write_proof(proof)]).splitlines(keepends=True)
    found, verified_s = _timed(lambda: verify_published(lines, root_noted=root.hex()))
    assert found.ok, found.findings
    drawn_s = listed_s + written_s + hashed_s + picked_s
    say(f"{count:,} entries drawn in {drawn_s:.2f} s, verified in {verified_s:.2f} s")
    figures = {
        "entries": count,
        "winners": len(found.winners),
        "listed_s": round(listed_s, 3),
        "written_s": round(written_s, 3),
        "hashed_s": round(hashed_s, 3),
        "picked_s": round(picked_s, 3),
        "verified_s": round(verified_s, 3),
    }
    return Result(
        "draw",
        figures,
        (
            Goal("a million entries drawn within s", round(drawn_s, 2), at_most=10),
            Goal("and verified from the file within s", round(verified_s, 2), at_most=10),
        ),
    )


def _timed(make: Callable[[], Made]) -> tuple[Made, float]:
    started = time.perf_counter()
    made = make()
    return made, time.perf_counter() - started
