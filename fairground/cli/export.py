"""`fairground export`: product feeds for other sites."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import psycopg
from django.conf import settings
from django.db import DatabaseError

from fairground.catalog.queries import category_names_in, product_count
from fairground.cli.progress import progress_bar
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.cli.whole_file import whole_file
from fairground.config.public_address import public_address
from fairground.dashboard.queries import current_festival
from fairground.kernel.clock import Clock, from_unix_ms
from fairground.markets.queries import market_facts, market_languages, market_of
from fairground.sites.languages import catalogue_name
from fairground.sites.storefront.feeds.entry import FeedScope
from fairground.sites.storefront.feeds.writing import GOOGLE, META, FeedForm, FeedReport, write_feed

GOOGLE_EPILOG = """\b
Examples:
  fairground export google --market DE --language en --site https://shop.example --out feed.xml
  fairground export google --market US --site https://shop.example --out feed.xml.gz --json
  fairground export google --market JP --site https://shop.example --out - | xmllint --noout -

\b
Titles are those in the feed's language; a product that has none is passed over.
"""
META_EPILOG = """\b
Examples:
  fairground export meta --market US --site https://shop.example --out feed.csv
  fairground export meta --market DE --language es --site https://shop.example --out feed.csv.gz
  fairground export meta --market GB --site https://shop.example --out - --json > feed.csv 2> summary.json
"""


class NothingToExport(Exception):  # noqa: N818 - an answer, not a fault of ours
    """There is no SKU for the feed. The message says why; what was there before stays."""


@click.group()
def export() -> None:
    """Write what other sites are given: a feed of all products, for a market."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON; with --out - to stderr."),
        realm_option,
        click.option("--site", default=None, help="The site's address, for links; else FAIRGROUND_SITE."),
        click.option(
            "--out",
            required=True,
            type=click.Path(dir_okay=False, path_type=Path),
            help="The file, compressed if it ends in .gz; - is standard output.",
        ),
        click.option("--language", default=None, help="Of titles and descriptions; else the market's first one."),
        click.option("--market", required=True, help="A market, or a country that buys in one: EU, DE, US."),
    ):
        command = option(command)
    return command


@export.command(epilog=GOOGLE_EPILOG)
@_options
@click.pass_context
def google(context: click.Context, /, **asked: Any) -> None:
    """Write a feed for Google Merchant Center (RSS 2.0).

    It appears when it is whole. An empty feed is never written: it would take everything off.
    """
    _export(context, GOOGLE, **asked)


@export.command(epilog=META_EPILOG)
@_options
@click.pass_context
def meta(context: click.Context, /, **asked: Any) -> None:
    """Write a feed for a Meta catalogue (CSV).

    It appears when it is whole. An empty feed is never written: it would take everything off.
    """
    _export(context, META, **asked)


def _export(
    context: click.Context,
    form: FeedForm,
    *,
    market: str,
    language: str | None,
    out: Path,
    site: str | None,
    realm: str | None,
    as_json: bool,
) -> None:
    started_s = time.monotonic()
    try:
        enter_realm(realm)
        address = public_address(site or settings.SITE_ADDRESS)
        if not address:
            raise click.UsageError("links need the site's address: --site https://shop.example", context)
        with realm_database(migrate=False):
            scope = _scope(address, market, language)
            report = _run(form, scope, out, quiet=as_json)
    except (NothingToExport, DatabaseError, psycopg.Error, OSError, ValueError) as error:
        raise click.ClickException(str(error).strip()) from error
    is_file = str(out) != "-"
    summary = {
        "market": scope.market.code,
        "language": scope.language,
        "out": str(out),
        "products": report.products,
        "skus": report.skus,
        "passed_over": dict(sorted(report.passed_over.items())),
        "bytes": out.stat().st_size if is_file else report.plain_bytes,
        "elapsed_s": round(time.monotonic() - started_s, 2),
    }
    click.echo(json.dumps(summary) if as_json else _words(summary, report), err=not is_file)


def _scope(site: str, market: str, language: str | None) -> FeedScope:
    found = market_of(code=market.upper())
    if found is None:
        there = ", ".join(one.code for one in market_facts()) or "none; import a catalogue first"
        raise ValueError(f"there is no market {market}, and no market to which a country {market} belongs: {there}")
    now_ms = Clock().now_ms()
    festival = current_festival(now_ms=now_ms)
    chosen = catalogue_name(language) if language else market_languages(market=found.code)[0]
    return FeedScope(
        site=site,
        market=found,
        language=chosen,
        festival=festival.slug if festival else None,
        now=from_unix_ms(now_ms),
        category_names=category_names_in(language=chosen),
    )


def _run(form: FeedForm, scope: FeedScope, out: Path, *, quiet: bool) -> FeedReport:
    with (
        whole_file(out) as file,
        progress_bar("Products", product_count(), quiet=quiet, is_counted=True) as tell,
    ):
        report = write_feed(form=form, scope=scope, file=file, on_progress=tell)
        if not report.skus:
            raise NothingToExport(
                f"nothing to export for the market {scope.market.code} in {scope.language!r}{_reasons(report)}; "
                "nothing was written"
            )
    return report


def _words(summary: dict[str, object], report: FeedReport) -> str:
    return (
        f"Exported {report.products:,} products with {report.skus:,} SKUs to {summary['out']} "
        f"({summary['bytes']:,} bytes){_reasons(report)}."
    )


def _reasons(report: FeedReport) -> str:
    if not report.passed_over:
        return ""
    reasons = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in sorted(report.passed_over.items()))
    return f"; passed over {reasons}"
