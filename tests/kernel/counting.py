"""A pile of rows for chores: each is done by writing it down, once, in a transaction with its batch."""

from collections.abc import Callable, Iterable, Sequence

from django.db import IntegrityError, transaction

from fairground.kernel.aside import keys_aside
from fairground.kernel.models import RealmFact
from fairground.kernel.rows import Rows


class Pile:
    """Rows by number; those in `bad` raise `error` when it is their turn, after others of their batch were written."""

    def __init__(
        self,
        *,
        rows: Iterable[int],
        bad: set[int],
        batch: int,
        error: Callable[[], Exception] = lambda: IntegrityError("bad"),
    ) -> None:
        self.rows, self.bad, self.batch, self.error = list(rows), bad, batch, error

    def chore(self, *, full: int) -> Rows[int]:
        return Rows(name="pile", due=self._due, do=self._do, full=full, key_of=int)

    def done(self) -> set[int]:
        return {int(key) for key in RealmFact.objects.values_list("key", flat=True)}

    def _due(self) -> list[list[int]]:
        left = [one for one in self.rows if one not in self.done() and str(one) not in keys_aside(chore="pile")]
        return [left[first : first + self.batch] for first in range(0, len(left), self.batch)]

    def _do(self, rows: Sequence[int]) -> None:
        with transaction.atomic():
            for row in rows:
                RealmFact.objects.create(key=str(row), value="done")
                if row in self.bad:
                    raise self.error()
