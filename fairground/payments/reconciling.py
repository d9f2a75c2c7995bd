"""A provider's books against ours: what moved on a day, line by line, and what does not agree."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from fairground.payments.providers.provider import FileKind, FileLine


@dataclass(frozen=True, slots=True)
class OurLine:
    """A capture or a refund as we booked it; `at` is aware. `key` is that of the payment, or of the refund."""

    kind: FileKind
    key: str
    ref: str
    amount_minor: int
    currency: str
    at: datetime


class Disagreement(IntEnum):
    """How a line of the provider's and one of ours do not agree."""

    MISSING_HERE = 1
    MISSING_THERE = 2
    AMOUNT = 3
    CURRENCY = 4
    TWICE_THERE = 5
    TWICE_HERE = 6


@dataclass(frozen=True, slots=True)
class Difference:
    """Two lines that do not agree, or one that stands alone."""

    what: Disagreement
    theirs: FileLine | None
    ours: OurLine | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What came of comparing a day.

    `agreed_minor` is by kind and currency; `fees_minor`, by currency, is what the provider kept: of that there is
    nothing of ours to compare with.
    """

    day: date
    agreed: int
    agreed_minor: Mapping[tuple[FileKind, str], int]
    fees_minor: Mapping[str, int]
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
    for one in found.differences:
        if one.theirs:
            theirs[one.theirs.kind, one.theirs.currency] += one.theirs.amount_minor
        if one.ours:
            ours[one.ours.kind, one.ours.currency] += one.ours.amount_minor
    return [BothSides(*key, theirs[key], ours[key]) for key in sorted(theirs.keys() | ours.keys())]


def reconcile(*, day: date, theirs: Iterable[FileLine], ours: Iterable[OurLine]) -> Reconciliation:
    """Compare a provider's lines with ours, and return what agrees and what does not on a day of UTC.

    Lines belong together by kind and key. Both sides should bring the days before and after too: what one booked before
    midnight the other may have after it, so lines of other days are compared and not reported. A pair is of the day of
    the provider's line. Nothing is reported twice, and what is reported comes in the order of kinds and keys.
    """
    there: dict[tuple[FileKind, str], list[FileLine]] = {}
    here: dict[tuple[FileKind, str], list[OurLine]] = {}
    fees: Counter[str] = Counter()
    without_key: list[FileLine] = []
    for line in theirs:
        if line.kind is FileKind.FEE:
            if line.at.date() == day:
                fees[line.currency] += line.amount_minor
        elif line.key:
            there.setdefault((line.kind, line.key), []).append(line)
        else:
            without_key.append(line)
    for own in ours:
        here.setdefault((own.kind, own.key), []).append(own)

    pairs = [
        pair for name in sorted(there.keys() | here.keys()) for pair in _pairs(there.get(name, []), here.get(name, []))
    ]
    pairs += [Difference(Disagreement.MISSING_HERE, line, None) for line in sorted(without_key, key=_in_time)]
    agreed: Counter[tuple[FileKind, str]] = Counter()
    differences = []
    count = 0
    for pair in pairs:
        if _day_of(pair) != day:
            continue
        if isinstance(pair, Difference):
            differences.append(pair)
        else:
            count += 1
            agreed[pair.kind, pair.currency] += pair.amount_minor
    return Reconciliation(
        day=day, agreed=count, agreed_minor=dict(agreed), fees_minor=dict(fees), differences=tuple(differences)
    )


def _pairs(theirs: list[FileLine], ours: list[OurLine]) -> Iterable[FileLine | Difference]:
    """Yield what becomes of the lines of one key: the provider's line where it agrees, else a difference."""
    theirs, ours = sorted(theirs, key=_in_time), sorted(ours, key=_in_time)
    for line, own in zip(theirs, ours, strict=False):
        if line.currency != own.currency:
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
