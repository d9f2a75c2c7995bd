"""Reads of letters: what is due, and what somebody was told of a case, an order or a payout."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from fairground.letters.models import Letter
from fairground.letters.rules import TELLS_MAX, Matter, News, Reader


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """That a reader is to be told of an event; `told_at` is when that was done, None where it was not yet."""

    id: int
    reader: Reader
    reader_id: int
    matter: Matter
    subject_id: int
    news: News
    event_id: int
    at: datetime
    told_at: datetime | None
    tell_after: datetime
    tells: int

    @property
    def is_given_up(self) -> bool:
        """Return whether it is not tried any more: nobody was told."""
        return self.told_at is None and self.tells >= TELLS_MAX


def due_letters(
    *, reader: Reader, now: datetime, letters_max: int, matters: Collection[Matter] = tuple(Matter)
) -> list[LetterFacts]:
    """Return letters about some matters that are to be sent to readers of a kind now, those that waited longest first.

    With each of them comes what else is due to the same reader about the same subject, however much that is.
    """
    about = [one.value for one in matters]
    due = Letter.objects.filter(
        reader=reader.value, matter__in=about, told_at__isnull=True, tell_after__lte=now, tells__lt=TELLS_MAX
    )
    found = _facts(due.order_by("tell_after", "id")[:letters_max])
    subjects = {(one.reader_id, one.matter, one.subject_id) for one in found}
    beside = due.filter(reader_id__in={one for one, _, _ in subjects}, subject_id__in={one for _, _, one in subjects})
    rows = _facts(beside.order_by("id"))
    return [one for one in rows if (one.reader_id, one.matter, one.subject_id) in subjects]


def letters_about(*, matter: Matter, subject_ids: Collection[int], reader: Reader) -> list[LetterFacts]:
    """Return what readers of a kind were told, or are to be, about some subjects, the first one first."""
    rows = Letter.objects.filter(matter=matter.value, subject_id__in=list(subject_ids), reader=reader.value)
    return _facts(rows.order_by("at", "id"))


def _facts(rows: QuerySet[Letter]) -> list[LetterFacts]:
    return [
        LetterFacts(
            id=one.pk,
            reader=Reader(one.reader),
            reader_id=one.reader_id,
            matter=Matter(one.matter),
            subject_id=one.subject_id,
            news=News(one.news),
            event_id=one.event_id,
            at=one.at,
            told_at=one.told_at,
            tell_after=one.tell_after,
            tells=one.tells,
        )
        for one in rows
    ]
