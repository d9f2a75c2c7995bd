"""Which merchants owe the platform, in what currency, how much, and for how long."""

from datetime import datetime, timedelta

from django.db import connection
from msgspec import Struct

from fairground.kernel.sql import array_text, load_sql
from fairground.markets.queries import market_currencies

# A month in which neither its sales, nor its reserves, nor another currency paid for it: somebody asks the merchant.
OWED_DAYS_MAX = 30


class Owing(Struct, frozen=True):
    """What a merchant owes in a currency, in its minor units, since its account fell below nothing."""

    merchant_id: int
    slug: str
    name: str
    currency: str
    owed_minor: int
    since: datetime

    def days(self, now: datetime) -> int:
        """Return for how many whole days it has been owed."""
        return (now - self.since).days

    def is_long(self, now: datetime) -> bool:
        """Return whether it has been owed for longer than `OWED_DAYS_MAX`."""
        return now - self.since > timedelta(days=OWED_DAYS_MAX)


def merchants_owing(*, rows_max: int) -> list[Owing]:
    """Return what merchants owe, what has been owed longest first."""
    currencies = sorted(set(market_currencies().values()))
    with connection.cursor() as cursor:
        cursor.execute(load_sql("settlement", "owing"), {"currencies": array_text(currencies), "rows_max": rows_max})
        return [Owing(*row) for row in cursor.fetchall()]
