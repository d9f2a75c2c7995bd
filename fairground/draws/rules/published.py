"""The published file of a draw: written, read, and verified without anything else.

JSON lines: a head, an entry a line, and once it is drawn the proof. The *root* is the SHA-256 of all bytes before the
proof, so that it binds the announcement and the list, and `sha256sum` of the file that was published at the closing
tells it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from fairground.draws.rules.drawing import ALGORITHM, SECRET_BYTES, commitment_of, pick_entries, pseudonym, seed_of

# Lines handed on at a time: about a megabyte.
_LINES_A_PIECE = 10_000
_PROOF_BEGINS = b'{"proof":'


class BadFileError(Exception):
    """The file is none of a draw; it says in words where and why."""


class PrizeLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prize as it was announced; `kind` is `wallet` or `exemption`, amounts by market in its minor units."""

    rank: int
    count: int
    kind: str
    amounts_minor: dict[str, int]


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line: what was announced, and how many entries and entrants the list has."""

    algorithm: str
    draw: str
    festival: str
    markets: list[str]
    opens_at: datetime
    closes_at: datetime
    closed_at: datetime
    beacon_source: str
    beacon_at: datetime
    commitment: str
    prizes: list[PrizeLine]
    ceilings_minor: dict[str, int]
    entries: int
    entrants: int


class EntryLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry: its number, from 1, and the pseudonym of who entered."""

    entry: int
    entrant: str


class WinnerLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who won a place, with which entry, and the rank of the prize."""

    place: int
    rank: int
    entry: int
    entrant: str


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was unknown when the list was published, and what follows from it; hashes in hexadecimal."""

    secret: str
    beacon: str
    root: str
    seed: str
    winners: list[WinnerLine]


class ProofLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last line of a draw that is drawn."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, by a key, and whether it is so; `detail` has both sides where it is not."""

    key: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class FileVerified:
    """What a file says, as reckoned from it. Without a proof the draw is not drawn yet, and nobody has won."""

    head: Head
    root: str
    findings: tuple[Finding, ...]
    winners: tuple[WinnerLine, ...]
    is_drawn: bool

    @property
    def ok(self) -> bool:
        """Whether all that was looked at is so."""
        return all(finding.ok for finding in self.findings)


@dataclass(frozen=True, slots=True)
class OwnLines:
    """A shopper in a file: the pseudonym, the numbers of their entries, the places they won."""

    pseudonym: str
    entries: tuple[int, ...]
    places: tuple[int, ...]


def write_list(head: Head, entrants: Sequence[str]) -> Iterator[bytes]:
    """Yield the head and the entries, as the root is reckoned from them."""
    yield msgspec.json.encode(head) + b"\n"
    for start in range(0, len(entrants), _LINES_A_PIECE):
        numbered = enumerate(entrants[start : start + _LINES_A_PIECE], start=start + 1)
        yield "".join([f'{{"entry":{number},"entrant":"{name}"}}\n' for number, name in numbered]).encode()


def root_of(pieces: Iterable[bytes]) -> bytes:
    """Return the root: the SHA-256 of the list's bytes."""
    root = hashlib.sha256()
    for piece in pieces:
        root.update(piece)
    return root.digest()


def ranks_of(prizes: Iterable[PrizeLine]) -> list[int]:
    """Return the rank of the prize of each place, from place 1 on."""
    return [prize.rank for prize in sorted(prizes, key=lambda one: one.rank) for _ in range(prize.count)]


def prove(*, secret: bytes, root: bytes, beacon: str, prizes: Sequence[PrizeLine], entrants: Sequence[str]) -> Proof:
    """Return the proof: the seed, and who wins by it."""
    seed = seed_of(secret=secret, root=root, beacon=beacon)
    ranks = ranks_of(prizes)
    picked = pick_entries(seed=seed, entrants=entrants, places=len(ranks))
    winners = [
        WinnerLine(place=place, rank=rank, entry=entry, entrant=entrants[entry - 1])
        for place, (rank, entry) in enumerate(zip(ranks, picked, strict=False), start=1)
    ]
    return Proof(secret=secret.hex(), beacon=beacon, root=root.hex(), seed=seed.hex(), winners=winners)


def write_proof(proof: Proof) -> bytes:
    """Return the last line."""
    return msgspec.json.encode(ProofLine(proof)) + b"\n"


class _Reading:
    """A file as it was read: head, pseudonyms by entry, whether numbers and order are right, root, proof."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.entrants: list[str] = []
        self.is_numbered = self.is_sorted = True
        self.proof: Proof | None = None
        root, decode = hashlib.sha256(), msgspec.json.Decoder(EntryLine).decode
        head: Head | None = None
        for number, line in enumerate(lines, start=1):
            try:
                if self.proof is not None:
                    raise BadFileError(f"line {number}: nothing follows the proof")
                if head is None:
                    head = msgspec.json.decode(line, type=Head)
                elif line.startswith(_PROOF_BEGINS):
                    self.proof = msgspec.json.decode(line, type=ProofLine).proof
                    continue
                else:
                    self._take(decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise BadFileError(f"line {number}: {error}") from error
            root.update(line)
        if head is None:
            raise BadFileError("the file is empty")
        self.head, self.root = head, root.digest()

    def _take(self, entry: EntryLine) -> None:
        self.is_numbered = self.is_numbered and entry.entry == len(self.entrants) + 1
        self.is_sorted = self.is_sorted and (not self.entrants or self.entrants[-1] <= entry.entrant)
        self.entrants.append(entry.entrant)


def verify_published(lines: Iterable[bytes], *, root_noted: str | None = None) -> FileVerified:
    """Return what can be said of a published file by itself: whether the winners follow from it, and who they are.

    `lines` keep their ends. `root_noted` is the root as somebody kept it before the beacon was known: without it the
    file can only agree with itself.

    :raises BadFileError: it is no such file
    """
    read = _Reading(lines)
    head, proof, root = read.head, read.proof, read.root.hex()
    findings = [
        _equal("algorithm", head.algorithm, ALGORITHM),
        _equal("entries", head.entries, len(read.entrants)),
        _equal("entrants", head.entrants, len(set(read.entrants))),
        Finding("numbers", read.is_numbered, "" if read.is_numbered else "the entries are not numbered 1, 2, …"),
        Finding("order", read.is_sorted, "" if read.is_sorted else "the entries are not in the order of pseudonyms"),
    ]
    if root_noted is not None:
        findings.append(_equal("root-noted", root_noted.lower(), root))
    if proof is None:
        return FileVerified(head, root, tuple(findings), (), is_drawn=False)
    secret = _secret_of(proof)
    findings += [
        _equal("root", proof.root, root),
        _equal("commitment", head.commitment, commitment_of(secret)),
    ]
    beacon = proof.beacon if proof.beacon.isascii() else ""
    findings.append(Finding("beacon", bool(beacon), "" if beacon else "the beacon is not ASCII"))
    reckoned = prove(secret=secret, root=read.root, beacon=beacon, prizes=head.prizes, entrants=read.entrants)
    findings += [
        _equal("seed", proof.seed, reckoned.seed),
        Finding("winners", proof.winners == reckoned.winners, _difference(proof.winners, reckoned.winners)),
    ]
    return FileVerified(head, root, tuple(findings), tuple(reckoned.winners), is_drawn=True)


def own_entries(lines: Iterable[bytes], *, salt: bytes, shopper_id: int) -> OwnLines:
    """Return what a file says of a shopper, whether they are in it or not.

    :raises BadFileError: it is no such file
    """
    read = _Reading(lines)
    own = pseudonym(salt=salt, shopper_id=shopper_id)
    numbers = tuple(number for number, entrant in enumerate(read.entrants, start=1) if entrant == own)
    winners = read.proof.winners if read.proof else []
    return OwnLines(own, numbers, tuple(winner.place for winner in winners if winner.entrant == own))


def _secret_of(proof: Proof) -> bytes:
    try:
        secret = bytes.fromhex(proof.secret)
    except ValueError:
        secret = b""
    if secret.hex() != proof.secret or len(secret) != SECRET_BYTES:
        raise BadFileError("the secret is not 32 bytes in small hexadecimal")
    return secret


def _equal(key: str, said: object, reckoned: object) -> Finding:
    return Finding(key, said == reckoned, "" if said == reckoned else f"said {said}, reckoned {reckoned}")


def _difference(said: list[WinnerLine], reckoned: list[WinnerLine]) -> str:
    if len(said) != len(reckoned):
        return f"said {len(said)} winners, reckoned {len(reckoned)}"
    wrong = [f"place {there.place}: said entry {one.entry}, reckoned {there.entry}"
             for one, there in zip(said, reckoned, strict=True) if one != there]  # fmt: skip
    return "; ".join(wrong[:5])
