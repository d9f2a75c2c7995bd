"""A round of letters that are due, over one connection: what can't be sent is tried again later.

A letter is sent after what it tells is committed, and marked after it is sent: who is stopped in between sends it
again. A server that is away ends the round, and counts no try: the letters wait for it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from smtplib import SMTPException, SMTPServerDisconnected

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from fairground.kernel.unforeseen import Unforeseen, outcome_of
from fairground.letters.actions import mark_letters_sent, put_letters_off
from fairground.letters.queries import LetterFacts, due_letters
from fairground.letters.rules import Matter, Reader

logger = logging.getLogger(__name__)

# Rows of a round; each letter waits for the mail server.
LETTERS_A_ROUND_MAX = 20
# The letters that lead to a page.
_WITH_A_LINK = frozenset({Matter.CASE})


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A letter to be sent now; `about` is for the log, `tells` how often it failed.

    `write` returns None where nobody knows an address to write to.
    """

    about: str
    tells: int
    write: Callable[[], EmailMessage | None]
    mark_sent: Callable[[], None]
    put_off: Callable[[], None]


def letters_leave() -> bool:
    """Return whether letters go anywhere: from the real shop to its mail server, else into files."""
    return bool(settings.MAIL_LEAVES or not settings.REALM.is_real)


def matters_told() -> frozenset[Matter]:
    """Return what letters may be about now: where no address is known for their links, not what has one."""
    return frozenset(Matter) if settings.LINKS_ADDRESS else frozenset(Matter) - _WITH_A_LINK


def tell_what_waits() -> None:
    """Write into the log which letters stay here until the operator sets something."""
    if not letters_leave():
        logger.warning("no letter leaves before FAIRGROUND_MAIL names a mail server")
    elif not settings.LINKS_ADDRESS:
        logger.warning("no letter about a case leaves before FAIRGROUND_SITE says where its link leads")


def send_due_letters(
    *, reader: Reader, now: datetime, write: Callable[[Sequence[LetterFacts], datetime], EmailMessage | None]
) -> bool | None:
    """Send what is due to readers of a kind; True while there may be more, None where no mail server answers.

    `write` returns the letter about rows of one subject, None where nobody knows an address to write to.
    """
    if not letters_leave():
        return False
    due = due_letters(reader=reader, matters=matters_told(), now=now, letters_max=LETTERS_A_ROUND_MAX)
    due.sort(key=_subject)
    return send_round([_letter(list(some), now, write) for _, some in groupby(due, key=_subject)], rows=len(due))


def send_round(letters: Sequence[DueLetter], *, rows: int) -> bool | None:
    """Send letters, made of so many rows; True if there may be more than a round, None where no server answers.

    One on which the connection breaks is put off, so that it never keeps those behind it.
    """
    if not letters:
        return False
    post = get_connection()
    try:
        if not (_is_open(post) and all(_send(one, post) for one in letters)):
            return None
    finally:
        post.close()
    return rows >= LETTERS_A_ROUND_MAX


def _subject(one: LetterFacts) -> tuple[int, int, int]:
    return one.reader_id, one.matter.value, one.subject_id


def _letter(
    rows: Sequence[LetterFacts],
    now: datetime,
    write: Callable[[Sequence[LetterFacts], datetime], EmailMessage | None],
) -> DueLetter:
    first, letter_ids = rows[0], [one.id for one in rows]
    return DueLetter(
        about=f"{first.matter.name.lower()} {first.subject_id}",
        tells=first.tells,
        write=partial(write, rows, now),
        mark_sent=partial(mark_letters_sent, letter_ids=letter_ids, at=now),
        put_off=partial(put_letters_off, letter_ids=letter_ids, now=now),
    )


def _is_open(post: BaseEmailBackend) -> bool:
    try:
        post.open()
    except OSError as error:  # which those of smtplib are
        logger.warning("no mail server is there: %s", type(error).__name__)
        return False
    return True


def _send(letter: DueLetter, post: BaseEmailBackend) -> bool:
    """Send a letter, or put it off; return whether the connection is still there."""
    outcome: EmailMessage | int | Unforeseen | None = outcome_of(letter.write)
    if isinstance(outcome, EmailMessage):
        outcome.connection = post
        outcome = outcome_of(outcome.send)
        if not isinstance(outcome, Unforeseen):
            letter.mark_sent()
            return True
    # One that can't be written is put off as one that can't be sent: those behind it go on.
    if isinstance(outcome, Unforeseen):
        logger.error("%s: no letter was taken: %s %s", letter.about, outcome.kind, outcome.place)
    elif not letter.tells:
        logger.error("%s: there is no e-mail to write to", letter.about)
    letter.put_off()
    return not (isinstance(outcome, Unforeseen) and _is_broken(outcome.error))


def _is_broken(error: Exception) -> bool:
    """Return whether an error is of the connection, and not what a server that is there said of a letter."""
    return isinstance(error, SMTPServerDisconnected) or (
        isinstance(error, OSError) and not isinstance(error, SMTPException)
    )
