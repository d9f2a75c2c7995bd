"""`fairground rates`: exchange rates brought from a file or an address that the operator gave, and what is known."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from rich.console import Console
from rich.table import Table

from fairground.cli.ledger_asked import Day
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By
from fairground.markets.fetching import FetchFailed, fetch_rates
from fairground.markets.queries import CurrencyRate, NoRate, current_rates, packaged_rates, rate_between
from fairground.markets.rate_files import PACKED_MAX_BYTES, RatesRead, UnreadableRates, read_rates
from fairground.markets.rules import RateSource
from fairground.markets.storing_rates import RatesStored, store_rates

EPILOG = """\b
Examples:
  fairground rates import eurofxref-hist.zip
  fairground rates fetch --url https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml
  fairground rates show --json
"""
IMPORT_EPILOG = """\b
Examples; the second one with rates of your own, for currencies that the bank does not quote:
  fairground rates import eurofxref-hist.csv.xz --json
  fairground rates import own.csv --source house
\b
What the file holds, a euro in units of each currency:
  Date,USD,JPY,
  2026-04-13,1.1684,186.75,
"""
FETCH_EPILOG = """\b
Example:
  fairground rates fetch --url https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml
"""
SHOW_EPILOG = """\b
Examples; the second one as a settlement of that day would reckon:
  fairground rates show --json
  fairground rates show --between USD JPY --day 2026-04-12
"""
_SOURCES = {"ecb": RateSource.ECB, "house": RateSource.HOUSE}
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_source = click.option("--source", type=click.Choice(list(_SOURCES)), default="ecb", help="Whose rates they are.")


@click.group(epilog=EPILOG)
def rates() -> None:
    """Bring exchange rates and show them. The site fetches them where FAIRGROUND_RATES_URL is set."""


@rates.command("import", epilog=IMPORT_EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_source
@realm_option
@_json
def import_(file: Path, source: str, realm: str | None, as_json: bool) -> None:
    """Store the rates of FILE: the European Central Bank's CSV (plain, .xz, .zip) or XML.

    A rate that is stored already stays. Rows that can't be read are told and passed over, and the exit code is 1.
    """
    enter_realm(realm)
    with file.open("rb") as opened:
        data = opened.read(PACKED_MAX_BYTES + 1)
    _store(data, source=_SOURCES[source], as_json=as_json)


@rates.command(epilog=FETCH_EPILOG)
@click.option("--url", default=None, help="Where the file lies (HTTPS); else FAIRGROUND_RATES_URL.")
@_source
@realm_option
@_json
def fetch(url: str | None, source: str, realm: str | None, as_json: bool) -> None:
    """Fetch a file of rates and store it as `import` does."""
    enter_realm(realm)
    address = url or settings.RATES_URL
    if not address:
        raise click.UsageError(
            "say --url, or set FAIRGROUND_RATES_URL; there is no address that is asked unless you name one"
        )
    try:
        data = fetch_rates(address)
    except FetchFailed as error:
        raise click.ClickException(f"{error}; nothing changed") from error
    _store(data, source=_SOURCES[source], as_json=as_json)


def _store(data: bytes, *, source: RateSource, as_json: bool) -> None:
    now = datetime.now(UTC)
    try:
        read = read_rates(data, today=now.date())
    except UnreadableRates as error:
        raise click.ClickException(f"{error}; nothing changed") from error
    with realm_database():
        stored = store_rates(rates=read.rates, source=source, by=By(user_id=None, now=now))
    if as_json:
        click.echo(json.dumps(_stored_facts(read, stored)))
    else:
        click.echo("\n".join(_stored_lines(read, stored)))
    if read.errors or stored.different:
        click.get_current_context().exit(1)


def _stored_facts(read: RatesRead, stored: RatesStored) -> dict[str, Any]:
    return {
        "new": stored.new,
        "known": stored.known,
        "different": stored.different,
        "different_told": [[currency, day.isoformat()] for currency, day in stored.different_told],
        "not_quoted": read.not_quoted,
        "errors": read.errors,
        "told": [{"line": one.line, "reason": one.reason} for one in read.told],
    }


def _stored_lines(read: RatesRead, stored: RatesStored) -> list[str]:
    lines = [f"{stored.new:,} rates are new, {stored.known:,} were there; {read.not_quoted:,} places without one."]
    lines += [f"line {one.line}: {one.reason}" for one in read.told]
    if read.errors > len(read.told):
        lines.append(f"and {read.errors - len(read.told):,} more errors")
    lines += [f"{currency} of {day} is stored otherwise, and stays" for currency, day in stored.different_told]
    if stored.different > len(stored.different_told):
        lines.append(f"and {stored.different - len(stored.different_told):,} more that are stored otherwise")
    return lines


@rates.command(epilog=SHOW_EPILOG)
@click.option("--between", nargs=2, default=None, metavar="FROM TO", help="One rate between two currencies.")
@click.option("--day", type=Day(), default=None, help="With --between: of this day; else of today.")
@realm_option
@_json
def show(between: tuple[str, str] | None, day: date | None, realm: str | None, as_json: bool) -> None:
    """Show the rates that count today: the newest stored ones, and those that come with the program."""
    enter_realm(realm)
    with realm_database():
        if between:
            shown = [_between(*between, day or datetime.now(UTC).date())]
        else:
            shown = [_facts(one) for one in _known_rates()]
    if as_json:
        click.echo(json.dumps({"rates": shown}))
        return
    table = Table("1", "is", "in", "of", "from", box=None, padding=(0, 2, 0, 0))
    table.columns[1].justify = "right"
    for one in shown:
        value = f"{one['numerator'] / one['denominator']:.10g}"
        table.add_row(one["base"], value, one["currency"], one["day"], one["source"])
    Console(highlight=False).print(table)


def _known_rates() -> list[CurrencyRate]:
    packaged = packaged_rates()
    day = packaged.quoted_at.date()
    known = {code: CurrencyRate(code, day, RateSource.PACKAGED, *pair) for code, pair in packaged.per_euro.items()}
    known |= {one.currency: one for one in current_rates()}
    return [known[currency] for currency in sorted(known) if currency != "EUR"]


def _facts(one: CurrencyRate) -> dict[str, Any]:
    return {
        "base": "EUR",
        "currency": one.currency,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "day": one.day.isoformat(),
        "source": one.source.name.lower(),
    }


def _between(source: str, target: str, day: date) -> dict[str, Any]:
    try:
        rate = rate_between(source=source, target=target, day=day)
    except NoRate as refusal:
        raise click.ClickException(f"there is no rate of {refusal.facts['currency']} for {day}") from refusal
    return {
        "base": source,
        "currency": target,
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "day": rate.day.isoformat(),
        "source": rate.source.name.lower(),
    }
