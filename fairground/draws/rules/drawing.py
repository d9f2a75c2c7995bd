"""The drawing: pseudonyms, the order of the list, the seed, the winners. `docs/algorithms/draws.md` has it in prose.

Whoever changes a byte of what is made here makes another algorithm, which needs another name: files that were
published must be verified as they were written, for ever.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

ALGORITHM = "fairground-draw-1"
# As many as the hash has: neither is guessed.
SECRET_BYTES = 32
SALT_BYTES = 32
_NUMBERS = 1 << 64

# Pseudonym, shopper, kind of entry, what it is for. Tuples, since there may be a million of them.
Listed = tuple[str, int, int, int]


def commitment_of(secret: bytes) -> str:
    """Return what is published of a secret before it may be told: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret).hexdigest()


def pseudonym(*, salt: bytes, shopper_id: int) -> str:
    """Return what stands for a shopper in a draw's list: HMAC-SHA256 of the number in ASCII digits, in hexadecimal."""
    return hmac.digest(salt, b"%d" % shopper_id, "sha256").hex()


def list_entries(*, salt: bytes, entries: Iterable[tuple[int, int, int]]) -> list[Listed]:
    """Return the entries (shopper, kind, what for) in the order of the list; that of the argument does not matter.

    By pseudonym; within a person by kind, then by what for. An entry's number is its place, from 1.
    """
    known: dict[int, str] = {}
    listed: list[Listed] = []
    for shopper_id, kind, ref in entries:
        name = known.get(shopper_id)
        if name is None:
            name = known[shopper_id] = pseudonym(salt=salt, shopper_id=shopper_id)
        listed.append((name, shopper_id, kind, ref))
    listed.sort()
    return listed


def seed_of(*, secret: bytes, root: bytes, beacon: str) -> bytes:
    """Return the seed: SHA-256 of the secret, the list's root (32 bytes each) and the beacon's ASCII letters."""
    assert (len(secret), len(root)) == (SECRET_BYTES, hashlib.sha256().digest_size), (len(secret), len(root))
    return hashlib.sha256(secret + root + beacon.encode("ascii")).digest()


def pick_entries(*, seed: bytes, entrants: Sequence[str], places: int) -> list[int]:
    """Return the numbers of the entries that win, in the order of the places; an entrant wins once.

    `entrants` has the pseudonym of entry 1, 2, … Block i is SHA-256 of the seed and i in 8 bytes, big end first, from
    0 on; its first 8 bytes are a number. Numbers from the last whole multiple of the entries' count on are passed
    over, so that each entry is as likely as any other; so is who has won already.
    """
    count = len(entrants)
    wanted = min(places, len(set(entrants)))
    end = _NUMBERS - _NUMBERS % count if count else 0
    picked: list[int] = []
    have: set[str] = set()
    block = 0
    while len(picked) < wanted:
        number = int.from_bytes(hashlib.sha256(seed + block.to_bytes(8)).digest()[:8])
        block += 1
        entrant = entrants[number % count]
        if number < end and entrant not in have:
            have.add(entrant)
            picked.append(number % count + 1)
    return picked
