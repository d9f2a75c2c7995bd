"""`fairground pictures`: pictures of products, from files."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import psycopg
from django.conf import settings
from django.db import DatabaseError

from fairground.catalog.actions.import_pictures import PictureFile, PictureReport, import_pictures, read_folder
from fairground.catalog.pictures.store import PictureStore
from fairground.catalog.queries import product_ids_of
from fairground.cli.progress import progress_bar
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.clock import Clock
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.queries import merchant_facts
from fairground.sites.picture_words import refused_picture_text

IMPORT_EPILOG = """\b
Examples:
  fairground pictures import photos/ --merchant lamps-of-lyon
  fairground pictures import photos/ --merchant lamps-of-lyon --dry-run
  fairground pictures import photos/ --merchant lamps-of-lyon --json > report.json

\b
Files are named after the products, by the ids that the merchant gives them:
  lamp-7.jpg          the first picture of the product lamp-7
  lamp-7-2.png        its second one, and so on
Hidden files are passed over, and folders within are not looked into. A picture is shown behind those
that the product has. Run it again to resume: what is shown already stays as it is.
"""
ADD_EPILOG = """\b
Examples:
  fairground pictures add --merchant lamps-of-lyon --product lamp-7 front.jpg side.png
  fairground pictures add --merchant lamps-of-lyon --product lamp-7 front.jpg --alt "The lamp, lit"
"""
REFUSED_SHOWN = 20


@click.group()
def pictures() -> None:
    """Give products their pictures.

    JPEG, PNG, WebP and AVIF are taken, up to 20 MiB and 50 million pixels, still ones alone. Each is drawn anew in
    three sizes, upright and in the colours of screens, without notes of where and by whom it was taken.
    """


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
        click.option("--dry-run", is_flag=True, help="Read and check every picture, write nothing."),
        realm_option,
        click.option("--merchant", required=True, metavar="SLUG", help="Whose products they are."),
    ):
        command = option(command)
    return command


@pictures.command("import", epilog=IMPORT_EPILOG)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_options
@click.pass_context
def import_folder(context: click.Context, /, folder: Path, **asked: Any) -> None:
    """Add all pictures in FOLDER to the products that they are named after.

    Files that are not taken are listed with the reason. The exit code is 1 if none was taken.
    """
    _add(context, lambda merchant: read_folder(folder, merchant=merchant), {}, **asked)


@pictures.command(epilog=ADD_EPILOG)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--product", required=True, metavar="ID", help="The product, by the id that the merchant gives it.")
@click.option("--alt", default="", help="What the picture shows, for those who can't see it; with one file.")
@click.option("--language", default="en", show_default=True, help="The language of --alt.")
@_options
@click.pass_context
def add(context: click.Context, /, paths: Sequence[Path], product: str, alt: str, language: str, **asked: Any) -> None:
    """Add pictures to a product, behind those that it has.

    Files that are not taken are listed with the reason. The exit code is 1 if none was taken.
    """
    if alt and len(paths) > 1:
        raise click.UsageError("--alt says what one picture shows: add them one by one", context)

    def of_product(merchant: str) -> list[PictureFile]:
        product_id = product_ids_of(merchant=merchant, external_ids=[product]).get(product)
        return [PictureFile(path, product, product_id) for path in paths]

    _add(context, of_product, {language: alt}, **asked)


def _add(
    context: click.Context,
    find_files: Callable[[str], list[PictureFile]],
    alt: dict[str, str],
    *,
    merchant: str,
    realm: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    started_s = time.monotonic()
    try:
        enter_realm(realm)
        with realm_database(migrate=not dry_run):
            if merchant_facts(slug=merchant) is None:
                raise NoSuchMerchant(slug=merchant)
            report = _run(find_files(merchant), alt, dry_run=dry_run, quiet=as_json)
    except NoSuchMerchant as refusal:
        raise click.ClickException(f"there is no merchant {merchant}") from refusal
    except (DatabaseError, psycopg.Error, OSError, ValueError) as error:
        raise click.ClickException(str(error).strip()) from error
    refused = [(path.name, reason.code, refused_picture_text(reason)) for path, reason in report.refused]
    elapsed_s = time.monotonic() - started_s
    if as_json:
        summary = {
            "dry_run": dry_run,
            "elapsed_s": round(elapsed_s, 2),
            "files": report.files,
            "added": report.added,
            "unchanged": report.unchanged,
            "refused_count": report.refused_count,
            "refused": [{"file": file, "code": code, "reason": reason} for file, code, reason in refused],
        }
        click.echo(json.dumps(summary))
    else:
        _print_summary(report, [(file, reason) for file, _code, reason in refused], elapsed_s, dry_run=dry_run)
    if not report.added + report.unchanged:
        context.exit(1)


def _run(files: Sequence[PictureFile], alt: dict[str, str], *, dry_run: bool, quiet: bool) -> PictureReport:
    with progress_bar("Pictures", len(files), quiet=quiet, is_counted=True) as tell:
        return import_pictures(
            files=files,
            store=PictureStore(settings.PICTURES),
            now=Clock().now(),
            alt=alt,
            dry_run=dry_run,
            on_progress=tell,
        )


def _print_summary(
    report: PictureReport, refused: Sequence[tuple[str, str]], elapsed_s: float, *, dry_run: bool
) -> None:
    verb = "Would add" if dry_run else "Added"
    click.echo(f"{verb} {report.added:,} pictures of {report.files:,} files in {elapsed_s:.1f} s.")
    if report.unchanged:
        click.echo(f"  {report.unchanged:,} were shown already")
    if report.refused_count:
        click.echo(f"Not taken, {report.refused_count:,}:")
    for file, reason in refused[:REFUSED_SHOWN]:
        click.echo(f"  {file}: {reason}")
    hidden = report.refused_count - min(len(refused), REFUSED_SHOWN)
    if hidden:
        click.echo(f"  and {hidden:,} more; --json lists the first {len(refused):,}")
    if not report.files:
        click.echo("There was no picture in it.")
