"""`fairground import`: a catalogue into a realm's database."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg
from rich.console import Console

from fairground.catalog.imports.opening import open_catalogue
from fairground.catalog.imports.sales import SalesSource
from fairground.catalog.imports.source import CatalogueSource, FileTerms, UnreadableCatalogue
from fairground.catalog.rules import PassedOver
from fairground.cli.indexing import indexing_beside
from fairground.cli.past_sales import PastSales, import_with_top_sellers
from fairground.cli.progress import progress_bar
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.crossborder.actions import ensure_customs
from fairground.crossborder.queries import default_customs
from fairground.inventory.imports import import_catalogue as import_source
from fairground.inventory.rules import ImportReport
from fairground.kernel.clock import Clock
from fairground.kernel.edits import By
from fairground.markets.actions import ensure_markets
from fairground.markets.queries import default_world, market_currencies
from fairground.pastsales.imports import read_past_sales

EPILOG = """\b
Examples:
  fairground import catalogue/products.jsonl.xz
  fairground import new-season.jsonl --dry-run
  fairground import catalogue/ --realm demo --json > report.json
  fairground import google-feed.xml --merchant lamps-of-lyon --country FR
  fairground import google-feed.tsv --merchant lamps-of-lyon --units 20 --dry-run
  fairground import products_export.csv --merchant lamps-of-lyon --country FR --currency EUR
  fairground import online_retail.csv.xz --merchant gifts-of-london --units 50

\b
A catalogue is one of these; a file may also be compressed as .xz:
  .jsonl              one product a line, each with its supplier
  .xml                a Google Merchant feed as RSS 2.0 or Atom
  .tsv, .txt, .csv    the same as a table, with the same names in the first row
  .csv                a Shopify product file
  .csv                past invoices (InvoiceNo, StockCode, Description, …): goods, and what was sold of them
  a folder            with products.jsonl.xz, or with one JSON file a merchant and categories.json
A merchant's own file names neither the merchant nor, if it is Shopify's, a currency: say them.
Past invoices are in GBP unless you say otherwise; what they sum up to is told to the last penny.
A merchant that is there stays as it is; a new one gets a depot, and a commission that follows from its slug.
Say from which country it sends: customs asks nothing of goods from a place whose country nobody stated.
Run it again to resume, or to bring prices and stock up to date.
"""

PASSED_OVER_SHOWN = 20


@click.command("import", epilog=EPILOG)
@click.argument("path", type=click.Path(path_type=Path))
@realm_option
@click.option("--merchant", metavar="SLUG", help="Whose goods a merchant's own file holds.")
@click.option(
    "--currency", metavar="CODE", help="The currency of the prices in a Shopify file or past invoices, like EUR."
)
@click.option("--language", metavar="CODE", help="The language of such a file's texts; en without it.")
@click.option(
    "--units",
    type=int,
    metavar="N",
    help="Units of each SKU that such a file calls in stock without a number; 1 without it.",
)
@click.option(
    "--country",
    metavar="CC",
    help="The country that a new merchant's goods are sent from, like DE, or one whose place has none yet.",
)
@click.option("--dry-run", is_flag=True, help="Read and check everything, write nothing, need no database.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_context
def import_catalogue(
    context: click.Context,
    path: Path,
    realm: str | None,
    merchant: str | None,
    currency: str | None,
    language: str | None,
    units: int | None,
    country: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import the catalogue at PATH: products, SKUs, prices in every market, stock.

    Rows that are no product are passed over and listed with their line and the reason.
    The exit code is 1 if there was nothing to import.
    """
    started_s = time.monotonic()
    terms = FileTerms(merchant=merchant, currency=currency, language=language, units=units, country=country)
    try:
        if not dry_run:
            enter_realm(realm)
        source = open_catalogue(path, terms=terms)
        report, past = _dry_run(source) if dry_run else _run(source, quiet=as_json)
    except (UnreadableCatalogue, psycopg.Error, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    elapsed_s = time.monotonic() - started_s
    if as_json:
        summary = {"dry_run": dry_run, "elapsed_s": round(elapsed_s, 2), **asdict(report)}
        click.echo(json.dumps(summary | ({"past_sales": past.as_json()} if past else {})))
    else:
        _print_summary(report, elapsed_s=elapsed_s, dry_run=dry_run)
        if past:
            past.print(dry_run=dry_run)
    if not report.products:
        context.exit(1)


def _dry_run(source: CatalogueSource) -> tuple[ImportReport, PastSales | None]:
    report = ImportReport()
    for row in source.rows():
        if isinstance(row, PassedOver):
            report.pass_over(row)
        else:
            report.products += 1
            report.skus += len(row.skus)
    return report, PastSales(read_past_sales(source=source)) if isinstance(source, SalesSource) else None


def _run(source: CatalogueSource, *, quiet: bool) -> tuple[ImportReport, PastSales | None]:
    with realm_database(makes=True):
        if not market_currencies():
            make_markets()
        with progress_bar("Importing", source.size, quiet=quiet) as tell, indexing_beside() as take_written:
            report = import_source(source=source, now_ms=Clock().now_ms(), on_progress=tell, on_written=take_written)
        if not report.products or not isinstance(source, SalesSource):
            return report, None
        with progress_bar("Past sales", source.size, quiet=quiet) as tell:
            return report, import_with_top_sellers(source, on_progress=tell)


def make_markets() -> None:
    """Make the markets that come with the program, then what customs asks there."""
    ensure_markets(world=default_world())
    ensure_customs(schedule=default_customs(), by=By(user_id=None, now=datetime.now(UTC)))


def _print_summary(report: ImportReport, *, elapsed_s: float, dry_run: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    verb = "Read" if dry_run else "Imported"
    console.print(f"{verb} {report.products:,} products with {report.skus:,} SKUs in {elapsed_s:.1f} s.")
    if not dry_run:
        console.print(f"  products  {report.products_new:>9,} new  {report.products_changed:>9,} changed")
        console.print(f"  SKUs      {report.skus_new:>9,} new  {report.skus_changed:>9,} changed")
        console.print(f"  prices    {report.prices_written:>9,} written")
        console.print(f"  stock     {report.stock_rows_written:>9,} rows written")
    if report.places_unstated:
        console.print(
            f"Customs asks nothing of goods from {report.places_unstated:,} places whose country nobody stated: "
            "fairground places list SLUG"
        )
    if report.passed_over_count:
        console.print(f"Passed over {report.passed_over_count:,} rows:")
    for row in report.passed_over[:PASSED_OVER_SHOWN]:
        console.print(f"  {row.source}, line {row.line}: {row.reason}", markup=False)
    hidden = report.passed_over_count - min(len(report.passed_over), PASSED_OVER_SHOWN)
    if hidden:
        console.print(f"  and {hidden:,} more; --json lists the first {len(report.passed_over):,}")
    if not report.products:
        console.print("There was no product in it.")
