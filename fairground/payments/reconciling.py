"""A provider's books against ours: what moved on a day, line by line, what does not agree, and what is to be booked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from fairground.payments.providers.provider import FileKind, FileLine

# The number of a kind, or for all that the provider tells the one after all kinds; and the key, or the line's id.
_Name = tuple[int, str]
_BY_ID = 1 + max(FileKind)
# What only the provider knows of: it is booked from its books, once, by the id of its line.
TOLD_BY_PROVIDERS = frozenset(
    {
        FileKind.FEE,
        FileKind.FEE_TAX,
        FileKind.PAYOUT,
        FileKind.DISPUTE,
        FileKind.DISPUTE_WON,
        FileKind.EXCHANGE,
    }
)


def is_told_by_provider(line: FileLine) -> bool:
    """Return whether a line is one that is booked from the provider's books: it has a name there."""
    return line.kind in TOLD_BY_PROVIDERS and bool(line.line_id)


@dataclass(frozen=True, slots=True)
class OurLine:
    """What we booked; `at` is aware. `key` is that of the payment, or of the refund.

    Of what was booked from the provider's books, `line_id` is the line's and `at` is the provider's.
    """

    kind: FileKind
    key: str
    ref: str
    amount_minor: int
    currency: str
    at: datetime
    line_id: str = ""


class Disagreement(IntEnum):
    """How a line of the provider's and one of ours do not agree."""

    MISSING_HERE = 1
    MISSING_THERE = 2
    AMOUNT = 3
    CURRENCY = 4
    TWICE_THERE = 5
    TWICE_HERE = 6
    KIND = 7


@dataclass(frozen=True, slots=True)
class Difference:
    """Two lines that do not agree, or one that stands alone."""

    what: Disagreement
    theirs: FileLine | None
    ours: OurLine | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What came of comparing a day.

    `agreed_minor` is by kind and currency, and has what was booked from the provider's books, of which `booked` are so
    many lines. `to_book` are the others that only the provider knows of.
    """

    day: date
    agreed: int
    booked: int
    agreed_minor: Mapping[tuple[FileKind, str], int]
    to_book: Sequence[FileLine]
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class BothSides:
    """What came to on a day with the provider and with us, of one kind in one currency."""

    kind: FileKind
    currency: str
    theirs_minor: int
    ours_minor: int


def sums_of(found: Reconciliation) -> list[BothSides]:
    """Return the sums of both sides by kind and currency: what agrees, and what each has beside that."""
    theirs, ours = Counter(found.agreed_minor), Counter(found.agreed_minor)
    for line in found.to_book:
        theirs[line.kind, line.currency] += line.amount_minor
    for one in found.differences:
        if one.theirs:
            theirs[one.theirs.kind, one.theirs.currency] += one.theirs.amount_minor
        if one.ours:
            ours[one.ours.kind, one.ours.currency] += one.ours.amount_minor
    return [BothSides(*key, theirs[key], ours[key]) for key in sorted(theirs.keys() | ours.keys())]


def reconcile(*, day: date, theirs: Iterable[FileLine], ours: Iterable[OurLine]) -> Reconciliation:
    """Compare a provider's lines with ours, and return what agrees and what does not on a day of UTC.

    Lines belong together by kind and key, and what only the provider knows of by the ids of its lines. Both sides
    should bring the days before and after too: what one booked before midnight the other may have after it, so lines of
    other days are compared and not reported. A pair is of the day of the provider's line. Nothing is reported twice,
    and what is reported comes in the order of kinds and keys.
    """
    there: dict[_Name, list[FileLine]] = {}
    here: dict[_Name, list[OurLine]] = {}
    nameless: list[FileLine] = []
    for line in theirs:
        name = _name(line)
        if name[1]:
            there.setdefault(name, []).append(line)
        else:
            nameless.append(line)
    for own in ours:
        here.setdefault(_name(own), []).append(own)

    pairs: list[FileLine | Difference] = []
    to_book: list[FileLine] = []
    for name in sorted(there.keys() | here.keys()):
        for pair in _pairs(there.get(name, []), here.get(name, [])):
            if name[0] == _BY_ID and isinstance(pair, Difference) and pair.what is Disagreement.MISSING_HERE:
                to_book += [pair.theirs] if pair.theirs else []
            else:
                pairs.append(pair)
    pairs += [Difference(Disagreement.MISSING_HERE, line, None) for line in sorted(nameless, key=_in_time)]
    of_day = [pair for pair in pairs if _day_of(pair) == day]
    agreed = [pair for pair in of_day if not isinstance(pair, Difference)]
    sums: Counter[tuple[FileKind, str]] = Counter()
    for line in agreed:
        sums[line.kind, line.currency] += line.amount_minor
    return Reconciliation(
        day=day,
        agreed=len(agreed),
        booked=sum(map(is_told_by_provider, agreed)),
        agreed_minor=dict(sums),
        to_book=tuple([line for line in to_book if line.at.date() == day]),
        differences=tuple([pair for pair in of_day if isinstance(pair, Difference)]),
    )


def _name(line: FileLine | OurLine) -> _Name:
    """Return what a line is known by on both sides; what is told by the provider comes last, by its id alone."""
    if line.kind in TOLD_BY_PROVIDERS:
        return _BY_ID, line.line_id
    return line.kind.value, line.key


def _pairs(theirs: list[FileLine], ours: list[OurLine]) -> Iterable[FileLine | Difference]:
    """Yield what becomes of the lines of one key: the provider's line where it agrees, else a difference."""
    theirs, ours = sorted(theirs, key=_in_time), sorted(ours, key=_in_time)
    for line, own in zip(theirs, ours, strict=False):
        if line.kind is not own.kind:
            yield Difference(Disagreement.KIND, line, own)
        elif line.currency != own.currency:
            yield Difference(Disagreement.CURRENCY, line, own)
        elif line.amount_minor != own.amount_minor:
            yield Difference(Disagreement.AMOUNT, line, own)
        else:
            yield line
    for i, line in enumerate(theirs[len(ours) :], start=len(ours)):
        yield Difference(Disagreement.TWICE_THERE if i else Disagreement.MISSING_HERE, line, None)
    for i, own in enumerate(ours[len(theirs) :], start=len(theirs)):
        yield Difference(Disagreement.TWICE_HERE if i else Disagreement.MISSING_THERE, None, own)


def _in_time(line: FileLine | OurLine) -> tuple[datetime, str]:
    return line.at, line.ref


def _day_of(pair: FileLine | Difference) -> date:
    line = (pair.theirs or pair.ours) if isinstance(pair, Difference) else pair
    assert line is not None, pair
    return line.at.date()
