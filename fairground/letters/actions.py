"""Writing down that somebody is to be told, and that it was done."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from fairground.letters.models import Letter
from fairground.letters.rules import MATTER_OF, News, Reader, tried_again_at


@dataclass(frozen=True, slots=True)
class Told:
    """Whom to tell what: `subject_id` is of the case, the order, the payout or the merchant that it is about."""

    reader: Reader
    reader_id: int
    news: News
    subject_id: int
    event_id: int = 0


def post_letters(told: Collection[Told], *, at: datetime) -> None:
    """Write down who is to be told, in the transaction of what happened; one who is told of it already is left out."""
    assert connection.in_atomic_block, "what is told happened, so both commit together"
    Letter.objects.bulk_create(
        (
            Letter(
                reader=one.reader.value,
                reader_id=one.reader_id,
                matter=MATTER_OF[one.news].value,
                subject_id=one.subject_id,
                news=one.news.value,
                event_id=one.event_id,
                at=at,
                tell_after=at,
            )
            for one in told
        ),
        ignore_conflicts=True,
    )


def mark_letters_sent(*, letter_ids: Collection[int], at: datetime) -> None:
    """Say of letters that they were handed to the mail server."""
    Letter.objects.filter(id__in=list(letter_ids), told_at__isnull=True).update(told_at=at)


def put_letters_off(*, letter_ids: Collection[int], now: datetime) -> None:
    """Say of letters that they could not be sent, and when that is tried again: each time later."""
    for letter in Letter.objects.filter(id__in=list(letter_ids), told_at__isnull=True):
        after = tried_again_at(tells=letter.tells, now=now)
        Letter.objects.filter(id=letter.pk).update(tells=letter.tells + 1, tell_after=after)


def forget_letters(*, before: datetime, rows_max: int) -> int:
    """Delete what was told, or was to be, before a moment, the oldest first; return how many rows went."""
    old = list(Letter.objects.filter(at__lt=before).order_by("at").values_list("id", flat=True)[:rows_max])
    Letter.objects.filter(id__in=old).delete()
    return len(old)
