"""`fairground report`: what the books say of money, as files."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
import psycopg
from django.conf import settings
from django.db import DatabaseError

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.cli.whole_file import whole_file
from fairground.kernel.edits import By
from fairground.settlement.reports.dpi import IdentitiesMissing, OperatorUnknown, dpi_xml
from fairground.settlement.reports.escrow import escrow_by_age
from fairground.settlement.reports.reading import ReportTooLong, ReportTooSlow
from fairground.settlement.reports.refunded import RefundsAsked, all_refunds
from fairground.settlement.reports.rules import Period, PlatformOperator, period_of
from fairground.settlement.reports.sellers import disclose_sellers, sellers_of_year
from fairground.settlement.reports.tables import Table, csv_pieces, json_pieces
from fairground.settlement.reports.taxes import tax_by_region
from fairground.settlement.reports.trial_balance import trial_balance_by_family
from fairground.settlement.reports.written import (
    escrow_table,
    refunds_table,
    sellers_table,
    tax_table,
    trial_balance_table,
)

EPILOG = """\b
Examples:
  fairground report trial-balance
  fairground report escrow --json --out escrow.json
  fairground report refunds --from 2026-11-01 --to 2026-11-30 --csv
  fairground report tax --period 2026-Q4 --market EU --csv --out tax.csv
  fairground report sellers --year 2026 --xml --out sellers.xml
"""
_FORMS = {"csv": csv_pieces, "json": json_pieces}
_A_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(epilog=EPILOG)
def report() -> None:
    """Write what the books say of money, as CSV unless another form is asked for.

    Headers are the same in every language; amounts have all decimals in CSV and are minor units in JSON.
    """


def _forms(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a flag a form, the realm, and the file."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        options = [click.option(f"--{name}", "form", flag_value=name, help=f"Write {name.upper()}.") for name in names]
        file = click.Path(dir_okay=False, path_type=Path)
        options.append(click.option("--out", type=file, default=Path("-"), help="The file; else standard output."))
        for option in (*options, realm_option):
            command = option(command)
        return command

    return decorate


def _days(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--to", "to_day", type=_A_DAY, default=None, help="The last day, which is included; else today."),
        click.option("--from", "from_day", type=_A_DAY, default=None, help="The first day; else the month's first."),
    ):
        command = option(command)
    return command


@report.command("trial-balance")
@_forms("csv", "json")
def trial_balance(form: str | None, out: Path, realm: str | None) -> None:
    """Write what all accounts come to, by currency and by what they are for."""
    _write(realm, out, form, lambda: trial_balance_table(trial_balance_by_family()))


@report.command()
@_forms("csv", "json")
def escrow(form: str | None, out: Path, realm: str | None) -> None:
    """Write what lies in escrow for each merchant, by days since payment and by how far its orders are."""
    _write(realm, out, form, lambda: escrow_table(escrow_by_age(now=datetime.now(UTC))))


@report.command()
@_forms("csv", "json")
@_days
def refunds(form: str | None, out: Path, realm: str | None, from_day: datetime | None, to_day: datetime | None) -> None:
    """Write every refund of some days, by UTC."""
    period = _period(from_day, to_day)
    asked = RefundsAsked(_midnight(period.from_date), _midnight(period.to_date))
    _write(realm, out, form, lambda: refunds_table(all_refunds(asked=asked)))


@report.command()
@_forms("csv", "json")
@_days
@click.option("--period", "named", default=None, help="A month, quarter or year in place of days: 2026-11, 2026-Q4.")
@click.option("--market", default="", help="Of one market alone.")
def tax(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    named: str | None,
    market: str,
) -> None:
    """Write the tax of what was sold and of what went back, by market, region and rate; days are the market's own."""
    period = period_of(named) if named else _period(from_day, to_day)
    if period is None:
        raise click.BadParameter(f"{named!r} is no year, quarter or month", param_hint="--period")
    _write(realm, out, form, lambda: tax_table(tax_by_region(period=period, market=market.upper())))


@report.command()
@_forms("csv", "json", "xml")
@click.option("--year", type=click.IntRange(2023, 2199), default=None, help="The year; else the last one.")
@click.option(
    "--operator",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="Who runs the platform, as JSON, for --xml; else FAIRGROUND_OPERATOR.",
)
def sellers(form: str | None, out: Path, realm: str | None, year: int | None, operator: Path | None) -> None:
    """Write what sellers earned in the quarters of a year, with who they are by law (DAC7): personal data.

    The audit log keeps that the command line took it. XML (the DPI schema's) has those alone that are to be reported.
    """
    of_year = year or datetime.now(UTC).year - 1
    by = By(user_id=None, now=datetime.now(UTC))
    if form != "xml":
        _write(realm, out, form, lambda: sellers_table(disclose_sellers(year=of_year, by=by), year=of_year))
        return
    runs = _operator(operator)

    def said() -> bytes:
        message: dict[str, Any] = {
            "year": of_year,
            "operator": runs,
            "message_id": f"{by.now:%Y%m%d%H%M%S}",
            "now": by.now,
        }
        # Refused before anybody's numbers are read whole.
        dpi_xml(sellers=sellers_of_year(year=of_year), **message)
        return dpi_xml(sellers=disclose_sellers(year=of_year, by=by), **message)

    _write_bytes(realm, out, lambda: [said()])


def _operator(file: Path | None) -> PlatformOperator | None:
    if file is None:
        known: PlatformOperator | None = settings.PLATFORM_OPERATOR
        return known
    try:
        return PlatformOperator.of(json.loads(file.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise click.BadParameter(str(error), param_hint="--operator") from error


def _period(from_day: datetime | None, to_day: datetime | None) -> Period:
    last = (to_day or datetime.now(UTC)).date()
    first = from_day.date() if from_day else last.replace(day=1)
    if last < first:
        raise click.BadParameter("the last day is before the first", param_hint="--to")
    return Period(first, last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _write(realm: str | None, out: Path, form: str | None, table: Callable[[], Table]) -> None:
    pieces = _FORMS[form or "csv"]
    _write_bytes(realm, out, lambda: [piece.encode() for piece in pieces(table())])


def _write_bytes(realm: str | None, out: Path, said: Callable[[], Sequence[bytes]]) -> None:
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
