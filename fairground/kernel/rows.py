"""Chores that work through rows: one row on which a chore fails stops nobody behind it.

A chore takes rows in batches, each a transaction. A batch that fails is done again in halves, down to the row that is
the matter; that row is set aside (`kernel.aside`), loudly, and tried again later. Each row is still done in one
transaction or not at all. Where nothing goes at all it is no matter of rows, and the chore fails.
"""

import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar

from fairground.kernel.aside import forget_aside, keys_to_try, set_aside
from fairground.kernel.unforeseen import Unforeseen, outcome_of

logger = logging.getLogger(__name__)

# So many rows fail in a round while none is done, and it is the program that is wrong, not a row.
BAD_A_ROUND_MAX = 20
# Rows set aside that are tried again before other chores go on; each is a transaction.
RETRIED_A_GO_MAX = 20

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Rows(Generic[Key]):
    """A chore's rows. `due` tells the next batches of keys, without what is set aside under `name`.

    `do` does these rows, and leaves alone what is done or not due any more: after a failure it is asked again for some.
    `full` is how many rows of a round mean that there may be more; `key_of` reads a key that was written down.
    """

    name: str
    due: Callable[[], Iterable[Sequence[Key]]]
    do: Callable[[Sequence[Key]], object]
    full: int
    key_of: Callable[[str], Key]


@dataclass(slots=True)
class _Round:
    done: int = 0
    bad: int = 0


def work_through(rows: Rows[Key]) -> bool:
    """Do what is due of a chore's rows, and return whether there may be more.

    What fails is set aside. The database being away sets nothing aside.

    :raises Exception: what the last row raised, where one row after another fails and none is done
    """
    so_far, seen = _Round(), 0
    for batch in rows.due():
        if batch:
            seen += len(batch)
            _do(rows, batch, so_far)
    return seen >= rows.full


def try_again(chores: Iterable[Rows[Any]]) -> bool:
    """Try what was set aside by these chores and whose time has come, and return whether there may be more."""
    more = False
    for rows in chores:
        keys = keys_to_try(chore=rows.name, now=datetime.now(UTC), rows_max=RETRIED_A_GO_MAX)
        more = more or len(keys) == RETRIED_A_GO_MAX
        for key in keys:
            outcome = outcome_of(partial(rows.do, [rows.key_of(key)]))
            if isinstance(outcome, Unforeseen):
                _set_aside(rows, key, outcome)
            else:
                forget_aside(chore=rows.name, row_key=key)
                logger.warning("%s: row %s is no longer set aside", rows.name, key)
    return more


def _do(rows: Rows[Key], batch: Sequence[Key], so_far: _Round) -> None:
    parts = [batch]
    while parts:
        part = parts.pop()
        outcome = outcome_of(partial(rows.do, part))
        if not isinstance(outcome, Unforeseen):
            so_far.done += len(part)
        elif len(part) > 1:
            half = len(part) // 2
            parts += [part[half:], part[:half]]
        else:
            so_far.bad += 1
            if so_far.bad > BAD_A_ROUND_MAX and not so_far.done:
                raise outcome.error
            _set_aside(rows, str(part[0]), outcome)


def _set_aside(rows: Rows[Key], key: str, why: Unforeseen) -> None:
    aside = set_aside(chore=rows.name, row_key=key, why=why, now=datetime.now(UTC))
    if aside is None:
        raise why.error
    # What the error says may quote the row, and a log is read by many: where it happened is what is told.
    stack = "".join(traceback.format_tb(why.error.__traceback__))
    logger.error(
        "%s: row %s is set aside, try %s, next at %s: %s\n%s",
        rows.name,
        key,
        aside.tries,
        aside.next_try_at.isoformat(timespec="seconds"),
        aside.error,
        stack,
    )
