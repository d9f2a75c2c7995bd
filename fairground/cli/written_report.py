"""What the commands of `fairground report` share: their options, and how a report becomes a file."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import click
import psycopg
from django.db import DatabaseError

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.cli.whole_file import whole_file
from fairground.settlement.reports.dpi import IdentitiesMissing, OperatorUnknown
from fairground.settlement.reports.reading import ReportTooLong, ReportTooSlow
from fairground.settlement.reports.rules import Period, period_of
from fairground.settlement.reports.tables import Cell, Table, csv_pieces, csv_stream, json_pieces, json_stream

_FORMS = {"csv": csv_pieces, "json": json_pieces}
_STREAMS = {"csv": csv_stream, "json": json_stream}
_A_DAY = click.DateTime(["%Y-%m-%d"])


def example(arguments: str) -> str:
    """Return the end of a report's help: how it is called."""
    return f"\b\nExample:\n  fairground report {arguments}\n"


def file_forms(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a flag a form, the realm, and the file."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        options = [click.option(f"--{name}", "form", flag_value=name, help=f"Write {name.upper()}.") for name in names]
        file = click.Path(dir_okay=False, path_type=Path)
        options.append(click.option("--out", type=file, default=Path("-"), help="The file; else standard output."))
        for option in (*options, realm_option):
            command = option(command)
        return command

    return decorate


def days(command: Callable[..., None]) -> Callable[..., None]:
    """Add the first and the last day of what is written, which are this month until today where nothing is said."""
    return _first_and_last("The first day; else the month's first.", "else today")(command)


def any_days(command: Callable[..., None]) -> Callable[..., None]:
    """Add the first and the last day of a list, which is of all days where nothing is said."""
    return _first_and_last("The first day; else from the beginning.", "else all there is")(command)


def _first_and_last(first: str, last: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for name, words in (("to", f"The last day, which is included; {last}."), ("from", first)):
            command = click.option(f"--{name}", f"{name}_day", type=_A_DAY, default=None, help=words)(command)
        return command

    return decorate


def whole_periods(command: Callable[..., None]) -> Callable[..., None]:
    """Add a month, quarter or year in place of days."""
    told = "A month, quarter or year in place of days: 2026-11, 2026-Q4."
    return click.option("--period", "named", default=None, help=told)(command)


def period_asked(named: str | None, from_day: datetime | None, to_day: datetime | None) -> Period:
    """Return the month, quarter or year that is named, else the days from one to the other."""
    period = period_of(named) if named else period_between(from_day, to_day)
    if period is None:
        raise click.BadParameter(f"{named!r} is no year, quarter or month", param_hint="--period")
    return period


def period_between(from_day: datetime | None, to_day: datetime | None) -> Period:
    """Return the days from one to the other, which is included; without them this month until today."""
    last = (to_day or datetime.now(UTC)).date()
    first = from_day.date() if from_day else last.replace(day=1)
    if last < first:
        raise click.BadParameter("the last day is before the first", param_hint="--to")
    return Period(first, last + timedelta(days=1))


def midnight(day: date) -> datetime:
    """Return when a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


def write_table(realm: str | None, out: Path, form: str | None, table: Callable[[], Table]) -> None:
    """Write a table in the form that is asked for, else as CSV."""
    pieces = _FORMS[form or "csv"]
    write_bytes(realm, out, lambda: [piece.encode() for piece in pieces(table())])


def write_stream(
    realm: str | None,
    out: Path,
    form: str | None,
    columns: Sequence[str],
    rows: Callable[[], Iterable[Sequence[Cell]]],
) -> None:
    """Write rows while they are read, in the form that is asked for, else as CSV; the file appears when it is whole."""
    try:
        enter_realm(realm)
        with realm_database():
            found = rows()
            with whole_file(out) as file:
                for piece in _STREAMS[form or "csv"](columns, found):
                    file.write(piece.encode())
    except (DatabaseError, psycopg.Error) as error:
        raise click.ClickException(str(error).strip()) from error


def write_bytes(realm: str | None, out: Path, said: Callable[[], Sequence[bytes]]) -> None:
    """Write a report; the file appears when it is whole, and nothing is written of one that is refused."""
    try:
        enter_realm(realm)
        with realm_database():
            pieces = said()
    except OperatorUnknown as refusal:
        raise click.ClickException("who runs the platform is not told: --operator, or FAIRGROUND_OPERATOR") from refusal
    except IdentitiesMissing as refusal:
        missing = refusal.facts["slugs"]
        assert isinstance(missing, list), missing
        raise click.ClickException(f"the legal identity is missing of: {', '.join(missing)}") from refusal
    except ReportTooLong as refusal:
        raise click.ClickException(f"more than {refusal.facts['rows_max']} rows: ask for fewer days") from refusal
    except ReportTooSlow as refusal:
        raise click.ClickException("adding it up takes too long just now") from refusal
    except (DatabaseError, psycopg.Error) as error:
        raise click.ClickException(str(error).strip()) from error
    with whole_file(out) as file:
        for piece in pieces:
            file.write(piece)
