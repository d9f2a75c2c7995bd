"""A round of letters that are due: one for all that is to be told to one reader about one subject, tried again later.

A letter is sent after what it tells is committed, and marked after it is sent: who is stopped in between sends it
again.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMessage

from fairground.kernel.unforeseen import Unforeseen, outcome_of
from fairground.letters.actions import mark_letters_sent, put_letters_off
from fairground.letters.queries import LetterFacts, due_letters
from fairground.letters.rules import Reader

logger = logging.getLogger(__name__)

# Rows of a round; each letter waits for the mail server.
LETTERS_A_ROUND_MAX = 20


def send_due_letters(
    *, reader: Reader, now: datetime, write: Callable[[Sequence[LetterFacts], datetime], EmailMessage | None]
) -> int:
    """Send what is due to readers of a kind, and return of how many rows that was tried.

    `write` returns the letter about rows of one subject, None where nobody knows an address to write to. Where the real
    shop has no mail server, letters wait for one.
    """
    if settings.REALM.is_real and not settings.MAIL_LEAVES:
        return 0
    due = due_letters(reader=reader, now=now, letters_max=LETTERS_A_ROUND_MAX)
    due.sort(key=_subject)
    for _, some in groupby(due, key=_subject):
        _send(list(some), now, write)
    return len(due)


def _subject(one: LetterFacts) -> tuple[int, int, int]:
    return one.reader_id, one.matter.value, one.subject_id


def _send(
    rows: Sequence[LetterFacts],
    now: datetime,
    write: Callable[[Sequence[LetterFacts], datetime], EmailMessage | None],
) -> None:
    first, letter_ids = rows[0], [one.id for one in rows]
    # One that can't be written is put off as one that can't be sent: those behind it go on.
    outcome = outcome_of(partial(_write_and_send, rows, now, write))
    if isinstance(outcome, Unforeseen):
        said, where = outcome.kind, outcome.place
        logger.error("%s %s: no letter was taken: %s %s", first.matter.name.lower(), first.subject_id, said, where)
    else:
        if outcome:
            mark_letters_sent(letter_ids=letter_ids, at=now)
            return
        if not first.tells:
            logger.error("%s %s: there is no e-mail to write to", first.matter.name.lower(), first.subject_id)
    put_letters_off(letter_ids=letter_ids, now=now)


def _write_and_send(
    rows: Sequence[LetterFacts],
    now: datetime,
    write: Callable[[Sequence[LetterFacts], datetime], EmailMessage | None],
) -> bool:
    letter = write(rows, now)
    if letter is not None:
        letter.send()
    return letter is not None
