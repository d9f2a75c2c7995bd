"""`fairground report`: what the books say of money, as files."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from django.conf import settings

from fairground.cli.ledger_asked import Day
from fairground.cli.report_lists import LISTS
from fairground.cli.written_report import (
    days,
    example,
    file_forms,
    midnight,
    period_asked,
    period_between,
    whole_periods,
    write_bytes,
    write_table,
)
from fairground.kernel.edits import By
from fairground.ledger.closed_days import DayNotClosed
from fairground.markets.queries import market_currencies
from fairground.settlement.reports.dpi import dpi_xml
from fairground.settlement.reports.duties import duties_owed
from fairground.settlement.reports.escrow import escrow_by_age
from fairground.settlement.reports.fee_taxes import fee_tax_by_country
from fairground.settlement.reports.income import income_table, platform_income
from fairground.settlement.reports.listed import Span
from fairground.settlement.reports.refunded import RefundsAsked, all_refunds
from fairground.settlement.reports.rules import PlatformOperator
from fairground.settlement.reports.sellers import disclose_sellers, sellers_of_year
from fairground.settlement.reports.taxes import tax_by_region
from fairground.settlement.reports.trial_balance import trial_balance_by_family
from fairground.settlement.reports.written import (
    duties_table,
    escrow_table,
    refunds_table,
    sellers_table,
    tax_table,
    trial_balance_table,
)
from fairground.settlement.reports.written_fees import fee_tax_table

EPILOG = """\b
Examples:
  fairground report trial-balance
  fairground report income --period 2026 --csv --out income.csv
  fairground report escrow --json --out escrow.json
  fairground report refunds --from 2026-11-01 --to 2026-11-30 --csv
  fairground report tax --period 2026-Q4 --market EU --csv --out tax.csv
  fairground report fee-tax --period 2026-Q4 --csv --out fee-tax.csv
  fairground report duties --period 2026-11 --json
  fairground report sellers --year 2026 --xml --out sellers.xml
  fairground report payments --open --json
  fairground report payouts --state proposed --from 2026-11-01 --csv --out payouts.csv
"""


@click.group(epilog=EPILOG)
def report() -> None:
    """Write what the books say of money, as CSV unless another form is asked for.

    Headers are the same in every language; amounts have all decimals in CSV and are minor units in JSON.
    """


@report.command("trial-balance", epilog=example("trial-balance --at 2026-11-11 --json"))
@file_forms("csv", "json")
@click.option("--at", "day", type=Day(), default=None, help="At the end of this closed day (UTC); else now.")
def trial_balance(form: str | None, out: Path, realm: str | None, day: date | None) -> None:
    """Write what all accounts come to, by currency and by what they are for."""
    try:
        write_table(realm, out, form, lambda: trial_balance_table(trial_balance_by_family(day=day)))
    except DayNotClosed as refusal:
        raise click.ClickException(f"{day} is not closed") from refusal


@report.command(epilog=example("income --period 2026 --csv --out income.csv"))
@file_forms("csv", "json")
@days
@whole_periods
def income(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    named: str | None,
) -> None:
    """Write what the platform earned and what it spent on that, by month and currency; days are UTC's."""
    period = period_asked(named, from_day, to_day)
    span = Span(midnight(period.from_date), midnight(period.to_date))
    write_table(realm, out, form, lambda: income_table(platform_income(span=span)))


@report.command(epilog=example("escrow --json --out escrow.json"))
@file_forms("csv", "json")
def escrow(form: str | None, out: Path, realm: str | None) -> None:
    """Write what lies in escrow for each merchant, by days since payment and by how far its orders are."""
    write_table(realm, out, form, lambda: escrow_table(escrow_by_age(now=datetime.now(UTC))))


@report.command(epilog=example("refunds --from 2026-11-01 --to 2026-11-30 --csv"))
@file_forms("csv", "json")
@days
def refunds(form: str | None, out: Path, realm: str | None, from_day: datetime | None, to_day: datetime | None) -> None:
    """Write every refund of some days, by UTC."""
    period = period_between(from_day, to_day)
    asked = RefundsAsked(midnight(period.from_date), midnight(period.to_date))
    write_table(realm, out, form, lambda: refunds_table(all_refunds(asked=asked)))


@report.command(epilog=example("tax --period 2026-Q4 --market EU --csv --out tax.csv"))
@file_forms("csv", "json")
@days
@whole_periods
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
    period = period_asked(named, from_day, to_day)
    write_table(realm, out, form, lambda: tax_table(tax_by_region(period=period, market=_known(market))))


def _known(market: str) -> str:
    if market and market.upper() not in market_currencies():
        raise click.ClickException(f"there is no market {market}; there are {', '.join(market_currencies())}")
    return market.upper()


@report.command("fee-tax", epilog=example("fee-tax --period 2026-Q4 --csv --out fee-tax.csv"))
@file_forms("csv", "json")
@days
@whole_periods
@click.option("--market", default="", help="Of merchants in the countries of one market alone.")
def fee_tax(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    named: str | None,
    market: str,
) -> None:
    """Write the tax on commissions, and what of it went back, by month, merchant's country and rate; days are UTC's."""
    period = period_asked(named, from_day, to_day)
    write_table(realm, out, form, lambda: fee_tax_table(fee_tax_by_country(period=period, market=_known(market))))


@report.command(epilog=example("duties --period 2026-11 --market EU --csv --out duties.csv"))
@file_forms("csv", "json")
@days
@whole_periods
@click.option("--market", default="", help="Of one market alone.")
def duties(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    named: str | None,
    market: str,
) -> None:
    """Write what customs is owed, by month, market, from where to where and heading; days are the market's own."""
    period = period_asked(named, from_day, to_day)
    write_table(realm, out, form, lambda: duties_table(duties_owed(period=period, market=_known(market))))


@report.command(epilog=example("sellers --year 2026 --xml --out sellers.xml"))
@file_forms("csv", "json", "xml")
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
        write_table(realm, out, form, lambda: sellers_table(disclose_sellers(year=of_year, by=by), year=of_year))
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

    write_bytes(realm, out, lambda: [said()])


def _operator(file: Path | None) -> PlatformOperator | None:
    if file is None:
        known: PlatformOperator | None = settings.PLATFORM_OPERATOR
        return known
    try:
        return PlatformOperator.of(json.loads(file.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise click.BadParameter(str(error), param_hint="--operator") from error


for command in LISTS:
    report.add_command(command)
