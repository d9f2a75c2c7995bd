"""`fairground draw`: pools and draws, from the announcement to the prizes; its files are in `draw_files.py`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from fairground.cli.draw_files import entry, publish, verify
from fairground.cli.draw_terms import BadTermsError, read_terms, refusal_words
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.draws.actions.announce_draws import create_draw, create_pool, open_draw
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.actions.draw_winners import close_draw, draw_winners
from fairground.draws.queries import DrawFacts, announced_draws, draw_facts, draw_winners_of, pool_facts
from fairground.kernel.edits import By
from fairground.kernel.refusal import Refusal

EPILOG = """\b
Examples, in the order of a draw's life:
  fairground draw pool million --festival 11-11 --cap-minor 100000000
  fairground draw create gala.json
  fairground draw open gala
  fairground draw close gala
  fairground draw publish gala --out gala.jsonl
  fairground draw draw gala --beacon 9bf7…2c --seen-at 2026-11-12T00:30:00Z
  fairground draw award gala
  fairground draw verify gala.jsonl
"""
TERMS_EPILOG = """\b
Example:
  fairground draw create gala.json
\b
What the file holds; amounts are in minor units of each market's currency:
  {"slug": "gala", "pool": "million", "name": {"en": "The gala's draw"}, "markets": ["US", "EU"],
   "opens_at": "2026-11-10T12:00:00Z", "closes_at": "2026-11-12T00:00:00Z",
   "ways": ["purchase", "task", "free"], "entries_max": 3, "minimum_minor": {"US": 3000},
   "ceilings_minor": {}, "beacon_source": "drand quicknet, randomness of the first round",
   "beacon_at": "2026-11-12T00:30:00Z", "prizes": [
     {"kind": "wallet", "count": 1, "amounts_minor": {"US": 1000000, "EU": 900000}},
     {"kind": "exemption", "count": 100, "amounts_minor": {"US": 50000, "EU": 50000}}]}
"""
# As many as a terminal shows at once.
DRAWS_SHOWN = 50

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
_slug = click.argument("slug")


@click.group(epilog=EPILOG)
def draw() -> None:
    """Draw prizes by chance so that anybody can verify it afterwards."""


for command in (publish, verify, entry):
    draw.add_command(command)


@draw.command(epilog="\b\nExample:\n  fairground draw pool million --festival 11-11 --cap-minor 100000000")
@_slug
@click.option("--festival", required=True, help="Whose currency the pool has.")
@click.option("--cap-minor", required=True, type=click.IntRange(min=1), help="What is never exceeded, in minor units.")
@realm_option
@_json
def pool(slug: str, festival: str, cap_minor: int, realm: str | None, as_json: bool) -> None:
    """Make the pool SLUG, out of which prizes are paid."""
    with _realm(realm):
        create_pool(slug=slug, festival=festival, cap_minor=cap_minor, by=_by())
        made = next(one for one in pool_facts() if one.slug == slug)
    click.echo(json.dumps(asdict(made)) if as_json else f"{slug}: {cap_minor:,} minor units of {made.currency}.")


@draw.command(epilog=TERMS_EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@realm_option
@_json
def create(file: Path, realm: str | None, as_json: bool) -> None:
    """Make the draw that the JSON of FILE describes, as a draft that nobody sees; print the commitment."""
    try:
        terms = read_terms(file.read_bytes())
    except BadTermsError as error:
        raise click.ClickException(str(error)) from error
    with _realm(realm):
        commitment = create_draw(terms=terms, by=_by())
    line = {"draw": terms.slug, "commitment": commitment}
    click.echo(json.dumps(line) if as_json else f"{terms.slug} is a draft; its secret's SHA-256 is {commitment}.")


@draw.command("open", epilog="\b\nExample:\n  fairground draw open gala")
@_slug
@realm_option
@_json
def open_(slug: str, realm: str | None, as_json: bool) -> None:
    """Announce the draft SLUG: it is seen from now on and can't be changed any more."""
    with _realm(realm):
        open_draw(slug=slug, by=_by())
    click.echo(json.dumps({"draw": slug, "state": "open"}) if as_json else f"{slug} is announced.")


@draw.command(epilog="\b\nExamples:\n  fairground draw show\n  fairground draw show gala --json")
@click.argument("slug", required=False)
@realm_option
@_json
def show(slug: str | None, realm: str | None, as_json: bool) -> None:
    """Show a draw and who won, or all that were announced and what is left of each pool."""
    with _realm(realm):
        if slug is None:
            _show_all(as_json)
            return
        facts, winners = draw_facts(slug=slug), draw_winners_of(slug=slug)
    if facts is None:
        raise click.ClickException("there is no draw with that name")
    if as_json:
        click.echo(json.dumps({**_line(facts), "winners": [asdict(one) for one in winners]}))
        return
    for name, value in _line(facts).items():
        click.echo(f"{name}: {value}")
    for one in winners:
        paid = "not yet" if one.amount_minor is None else f"{one.amount_minor:,} minor units of {one.currency}"
        click.echo(f"place {one.place}: entry {one.entry_number}, {one.pseudonym}: {paid}")


@draw.command(epilog="\b\nExample:\n  fairground draw close gala --json")
@_slug
@realm_option
@_json
def close(slug: str, realm: str | None, as_json: bool) -> None:
    """Close SLUG to entries and print the root of its list, which is to be published at once."""
    with _realm(realm):
        close_draw(slug=slug, by=_by())
        facts = draw_facts(slug=slug)
    assert facts is not None, slug
    line = _line(facts)
    words = f"{slug}: {facts.entries:,} entries of {facts.entrants:,}.\nroot {facts.root}\nbeacon {line['beacon_at']}"
    click.echo(json.dumps(line) if as_json else words)


@draw.command(
    "draw", epilog="\b\nExample:\n  fairground draw draw gala --beacon 9bf7…2c --seen-at 2026-11-12T00:30:00Z"
)
@_slug
@click.option("--beacon", required=True, help="The value that came out, letter by letter as its source has it.")
@click.option("--seen-at", required=True, help="When it came out, as ISO 8601 with a zone.")
@realm_option
@_json
def draw_(slug: str, beacon: str, seen_at: str, realm: str | None, as_json: bool) -> None:
    """Draw the closed SLUG by the beacon's value, and tell the secret. It can't be done twice."""
    moment = _moment(seen_at)
    with _realm(realm):
        won = draw_winners(slug=slug, beacon=beacon, seen_at=moment, by=_by())
    click.echo(json.dumps({"draw": slug, "winners": won}) if as_json else f"{slug}: {won:,} have won.")


@draw.command(epilog="\b\nExample:\n  fairground draw award gala")
@_slug
@realm_option
@_json
def award(slug: str, realm: str | None, as_json: bool) -> None:
    """Award the prizes of SLUG that are due; the background process does it too, every minute."""
    with _realm(realm):
        done = award_prizes(slug=slug, now=datetime.now(UTC))
    words = f"{done.awarded:,} prizes awarded, {done.waiting:,} wait until their purchase can't be cancelled any more."
    click.echo(json.dumps(asdict(done)) if as_json else words)


@contextmanager
def _realm(realm: str | None) -> Iterator[None]:
    """Keep the realm's database up; a refusal ends the command with its words."""
    enter_realm(realm)
    try:
        with realm_database():
            yield
    except Refusal as refusal:
        raise click.ClickException(refusal_words(refusal)) from refusal


def _show_all(as_json: bool) -> None:
    pools, draws = pool_facts(), announced_draws(draws_max=DRAWS_SHOWN)
    if as_json:
        for line in [*map(asdict, pools), *map(_line, draws)]:
            click.echo(json.dumps(line))
        return
    for one in pools:
        left = one.cap_minor - one.awarded_minor
        click.echo(f"pool {one.slug}: {left:,} of {one.cap_minor:,} minor units of {one.currency} left")
    for facts in draws:
        click.echo(f"{facts.slug}: {facts.state.name.lower()}, closes {facts.closes_at.isoformat()}")
    if not pools and not draws:
        click.echo("No pools and no draws yet: fairground draw pool --help")


def _line(facts: DrawFacts) -> dict[str, object]:
    """Return a draw as JSON has it."""
    moments = {name: getattr(facts, name) for name in ("opens_at", "closes_at", "beacon_at", "closed_at")}
    return {
        **asdict(facts),
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "state": facts.state.name.lower(),
        "ways": [way.name.lower() for way in facts.ways],
        "prizes": [{**asdict(prize), "kind": prize.kind.name.lower()} for prize in facts.prizes],
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException(f"no moment of ISO 8601: {text}") from error
    if moment.tzinfo is None:
        raise click.ClickException(f"a moment needs a zone, such as Z for UTC: {text}")
    return moment


def _by() -> By:
    return By(user_id=None, now=datetime.now(UTC))
