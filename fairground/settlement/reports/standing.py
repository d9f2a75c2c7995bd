"""What stands just now, as tables: what merchants owe, how they are settled, and which rows are set aside.

They name merchants and rows, no shopper.
"""

from datetime import datetime

from fairground.kernel.aside import rows_aside
from fairground.kernel.money import Money
from fairground.settlement.owing import merchants_owing
from fairground.settlement.reports.reading import ROWS_MAX, ReportTooLong, read_rows
from fairground.settlement.reports.tables import Cell, Table
from fairground.settlement.rules.payouts import Schedule


def owed_listed(*, now: datetime) -> Table:
    """Return what merchants owe the platform, a row a merchant and currency, what has been owed longest first.

    :raises ReportTooLong: there are more than `ROWS_MAX`
    """
    rows: list[tuple[Cell, ...]] = [
        (
            one.slug,
            one.name,
            one.currency,
            Money(one.owed_minor, one.currency),
            one.since,
            one.days(now),
            one.is_long(now),
        )
        for one in merchants_owing(rows_max=ROWS_MAX + 1)
    ]
    return _whole(Table("owed", ("merchant", "name", "currency", "owed", "since", "days", "long"), rows))


def terms_listed(*, first: int | None = None) -> Table:
    """Return how merchants are settled of whom somebody said so, or the `first` so many, those that are held first.

    :raises ReportTooLong: there are more than `ROWS_MAX`
    :raises ReportTooSlow: it took too long
    :raises ReportsUnderWay: enough are read already
    """
    rows: list[tuple[Cell, ...]] = [
        (*row[:7], Schedule(row[7]).name.lower(), Money(row[8], "EUR"), *row[9:11], str(row[11]))
        for row in read_rows("terms_listed", {"rows_max": first or ROWS_MAX + 1})
    ]
    told = ("merchant", "name", "held", "held_because", "reserve_bps", "reserve_days", "creator_bps", "schedule")
    return _whole(Table("terms", (*told, "payout_min_eur", "own_currency", "currency", "merchant_id"), rows))


def aside_listed() -> Table:
    """Return the rows that the background has set aside, those that wait longest first.

    :raises ReportTooLong: there are more than `ROWS_MAX`
    """
    rows: list[tuple[Cell, ...]] = [
        (one.chore, one.row_key, one.since, one.tried_at, one.tries, one.next_try_at, one.error, one.place)
        for one in rows_aside(rows_max=ROWS_MAX + 1)
    ]
    columns = ("chore", "row", "since", "tried_at", "tries", "next_try_at", "error", "place")
    return _whole(Table("set-aside", columns, rows))


def _whole(table: Table) -> Table:
    if len(table.rows) > ROWS_MAX:
        raise ReportTooLong(rows_max=ROWS_MAX)
    return table
