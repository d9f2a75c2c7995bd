"""`fairground draw publish`, `verify` and `entry`: the published file, and what anybody can reckon from it offline."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.cli.whole_file import whole_file
from fairground.draws.queries import published_file
from fairground.draws.rules.published import BadFileError, FileVerified, own_entries, verify_published

VERIFY_EPILOG = """\b
Examples:
  fairground draw verify gala.jsonl
  fairground draw verify gala.jsonl.gz --root 5d0c…77 --json
"""
ENTRY_EPILOG = """\b
Example, with the number and the salt that the draw's page shows to who entered:
  fairground draw entry gala.jsonl --salt 0f3a…d1 --shopper 897654321098765432
"""
CHECKS: dict[str, str] = {
    "algorithm": "The algorithm is the one that this program knows",
    "entries": "The list has as many entries as its head says",
    "entrants": "The list has as many entrants as its head says",
    "numbers": "The entries are numbered from 1 on",
    "order": "The entries are in the order of the pseudonyms",
    "root-noted": "The root is the one that was noted before the beacon",
    "root": "The proof is about this list and this announcement",
    "commitment": "The secret is the one that was committed to",
    "beacon": "The beacon is a text of ASCII",
    "seed": "The seed follows from secret, root and beacon",
    "winners": "The winners follow from the seed",
}
_A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command(epilog="\b\nExample:\n  fairground draw publish gala --out gala.jsonl")
@click.argument("slug")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file; packed if it ends in .gz.")
@realm_option
def publish(slug: str, out: Path, realm: str | None) -> None:
    """Write the published file of the closed draw SLUG: the list, and the proof once it is drawn."""
    enter_realm(realm)
    with realm_database(migrate=False):
        pieces = published_file(slug=slug)
        first = next(pieces, None)
        if first is None:
            raise click.ClickException("there is no such draw, or it is not closed")
        with whole_file(out) as file:
            file.write(first)
            for piece in pieces:
                file.write(piece)


@click.command(epilog=VERIFY_EPILOG)
@click.argument("file", type=_A_FILE)
@click.option("--root", "root_noted", help="The root as you noted it before the beacon was known.")
@_json
@click.pass_context
def verify(context: click.Context, file: Path, root_noted: str | None, as_json: bool) -> None:
    """Reckon again who won the draw of FILE, by the file alone: no shop, no database, no network.

    A file that was made up as a whole agrees with itself. What it can't do is to have the root that was published
    before the beacon was known: note that one, and give it with --root. The exit code is 1 if anything is not so.
    """
    with _lines(file) as lines:
        found = verify_published(lines, root_noted=root_noted)
    if as_json:
        click.echo(json.dumps(_as_json(found)))
    else:
        _show(found)
    context.exit(0 if found.ok else 1)


@click.command(epilog=ENTRY_EPILOG)
@click.argument("file", type=_A_FILE)
@click.option("--salt", required=True, help="The draw's salt, in hexadecimal.")
@click.option("--shopper", required=True, type=click.IntRange(min=0), help="The number that the page shows.")
@_json
@click.pass_context
def entry(context: click.Context, file: Path, salt: str, shopper: int, as_json: bool) -> None:
    """Find a shopper's own entries in FILE, and the places they won; the exit code is 1 if there are none."""
    if not re.fullmatch(r"[0-9a-f]{64}", salt):
        raise click.ClickException("a salt is 64 letters of hexadecimal")
    with _lines(file) as lines:
        own = own_entries(lines, salt=bytes.fromhex(salt), shopper_id=shopper)
    if as_json:
        click.echo(json.dumps(asdict(own)))
    else:
        entered = ", ".join(map(str, own.entries)) or "none"
        won = ", ".join(map(str, own.places)) or "none"
        click.echo(f"pseudonym {own.pseudonym}\nentries {entered}\nplaces won {won}")
    context.exit(0 if own.entries else 1)


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[bytes]]:
    """Lend the lines of a file, packed or not."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield iter(file)
    except (BadFileError, OSError, EOFError, zlib.error) as error:
        raise click.ClickException(f"{path}: {error}") from error


def _as_json(found: FileVerified) -> dict[str, object]:
    return {
        "ok": found.ok,
        "draw": found.head.draw,
        "is_drawn": found.is_drawn,
        "root": found.root,
        "entries": found.head.entries,
        "checks": [asdict(finding) for finding in found.findings],
        "winners": msgspec.to_builtins(found.winners),
    }


def _show(found: FileVerified) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table(box=None, show_header=False, padding=(0, 1))
    for finding in found.findings:
        table.add_row("[green]holds[/]" if finding.ok else "[red]FAILS[/]", CHECKS[finding.key])
    console.print(f"Draw {found.head.draw}: {found.head.entries:,} entries, root {found.root}")
    console.print(table)
    for finding in found.findings:
        if finding.detail:
            console.print(f"{CHECKS[finding.key]}: {finding.detail}", markup=False)
    for winner in found.winners:
        console.print(f"place {winner.place}: entry {winner.entry}, {winner.entrant}")
    if not found.is_drawn:
        console.print(f"Not drawn yet: the beacon counts from {found.head.beacon_at.isoformat()}.")
