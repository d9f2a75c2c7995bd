"""How long a statement may take where somebody waits for it: what takes longer is refused, and no bug."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import OperationalError, connection, transaction

from fairground.kernel.refusal import Refusal


@contextmanager
def statements_within(*, most_ms: int, too_slow: type[Refusal]) -> Iterator[None]:
    """Let no statement inside take longer than so many milliseconds; inside is one transaction.

    :raises Refusal: `too_slow`, when one does
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(most_ms)])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise too_slow from None
        raise
