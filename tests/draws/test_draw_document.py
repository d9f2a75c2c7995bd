"""The worked example of docs/algorithms/draws.md, reckoned with nothing but hashes, and by the code."""

import hashlib
import hmac
import json
from pathlib import Path

from fairground.draws.rules.published import verify_published
from tests.tidy.house import table_below

DOCUMENT = Path(__file__).parents[2] / "docs/algorithms/draws.md"
TEXT = DOCUMENT.read_text("utf-8")
EXAMPLE = {what: value.strip("`") for what, value in table_below(TEXT, "## A worked example")}
FILE = DOCUMENT.with_name("draws-example.jsonl").read_bytes()
SALT, SECRET, BEACON = bytes(range(32)), bytes(range(32, 64)), "cafe0123"
# (shopper, kind, what for): kind 1 is a purchase, 3 the free way.
ENTRIES = [(1001, 1, 7), (1001, 1, 9), (1002, 3, 739_931), (1003, 3, 739_931), (1004, 1, 8)]


def pseudonym(shopper: int) -> str:
    return hmac.new(SALT, str(shopper).encode("ascii"), hashlib.sha256).hexdigest()


def test_the_example_comes_out_as_written_with_nothing_but_hashes() -> None:
    lines = FILE.splitlines(keepends=True)
    listed = sorted((pseudonym(shopper), kind, ref) for shopper, kind, ref in ENTRIES)
    root = hashlib.sha256(b"".join(lines[:-1])).digest()
    seed = hashlib.sha256(SECRET + root + BEACON.encode("ascii")).digest()
    winners: list[int] = []
    i, n = 0, len(listed)
    while len(winners) < 2:
        x = int.from_bytes(hashlib.sha256(seed + i.to_bytes(8, "big")).digest()[:8], "big")
        i += 1
        if x >= 2**64 // n * n or listed[x % n][0] in {listed[number - 1][0] for number in winners}:
            continue
        winners.append(x % n + 1)

    assert EXAMPLE["commitment"] == hashlib.sha256(SECRET).hexdigest()
    assert [EXAMPLE[f"pseudonym of {shopper}"] for shopper in range(1001, 1005)] == [
        pseudonym(shopper) for shopper in range(1001, 1005)
    ]
    assert (EXAMPLE["root"], EXAMPLE["seed"]) == (root.hex(), seed.hex())
    assert [EXAMPLE["first winner"], EXAMPLE["second winner"]] == [f"entry {number}" for number in winners]
    assert [json.loads(line) for line in lines[1:-1]] == [
        {"entry": number, "entrant": name} for number, (name, _, _) in enumerate(listed, start=1)
    ]
    proof = json.loads(lines[-1])["proof"]
    assert (proof["secret"], proof["beacon"], proof["seed"]) == (SECRET.hex(), BEACON, seed.hex())
    assert [winner["entry"] for winner in proof["winners"]] == winners


def test_the_program_says_the_same_of_the_examples_file() -> None:
    found = verify_published(FILE.splitlines(keepends=True), root_noted=EXAMPLE["root"])

    assert found.ok, found.findings
    assert [f"entry {winner.entry}" for winner in found.winners] == [
        EXAMPLE["first winner"],
        EXAMPLE["second winner"],
    ]
