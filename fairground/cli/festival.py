"""`fairground festival`: a festival from its announcement to the year after."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from fairground.cli.festival_file import (
    LENGTHS,
    BadDescription,
    FestivalDescription,
    lengths_written,
    moment_in,
    moment_shifted,
    plan_festival,
    read_description,
)
from fairground.cli.festival_shown import (
    FestivalShown,
    compared_json,
    in_words,
    print_compared,
    print_festival,
    print_problems,
    problems_json,
)
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.dashboard.minutes import compare_minutes
from fairground.dashboard.queries import festival_facts
from fairground.festivals.actions import create_festival, edit_festival
from fairground.festivals.phase_edits import clone_festival
from fairground.festivals.phase_plan import days_later, phase_at
from fairground.festivals.phase_rows import read_phases
from fairground.festivals.queries import FestivalSeen, festivals_seen
from fairground.festivals.rules import Period
from fairground.inventory.readiness import festival_readiness
from fairground.kernel.edits import By
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import reference_rates
from fairground.sites.festival_words import PHASES, clock_text

EPILOG = """\b
Examples:
  fairground festival create --slug fair-2027 --name "Lantern Fair" --opens 2027-11-11 --zone Asia/Shanghai
  fairground festival show fair-2027 --market US
  fairground festival validate fair-2027
  fairground festival clone fair-2027 --to fair-2028 --opens 2028-11-11
"""
CREATE_EPILOG = f"""\b
Examples:
  fairground festival create --slug fair-2027 --opens 2027-11-11 --zone Asia/Shanghai --length presale-days=14
  fairground festival create --slug fair-2027 --opens 2027-11-11 --zone Asia/Shanghai --own-zone US --own-zone BR
  fairground festival create festival.json --json

\b
A file has slug, name (language -> name), opens and zone, and may have currency, halls (slug, name), lengths,
own_zones, and phases (kind, starts, ends, market) in place of those that lengths make.
Lengths: {", ".join(LENGTHS[:5])},
{", ".join(LENGTHS[5:])}. 0 leaves a phase out.
"""
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(epilog=EPILOG)
def festival() -> None:
    """Plan a festival with its phases, look at it, move it, and make it again for another year."""


@festival.command(epilog=CREATE_EPILOG)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--slug", help="Its name in addresses.")
@click.option("--name", help="Its name in English; else its slug. A file has it in every language.")
@click.option("--opens", help="The date, or date and time, of the opening by the clocks of the home zone.")
@click.option("--zone", help="The home zone, such as Asia/Shanghai.")
@click.option("--currency", default="EUR", show_default=True, help="In which its total is shown.")
@click.option("--length", "lengths", multiple=True, metavar="NAME=N", help="How long a phase lasts.")
@click.option("--own-zone", "own_zones", multiple=True, metavar="MARKET", help="A market that opens by its own clocks.")
@realm_option
@_json
def create(
    file: Path | None,
    slug: str | None,
    name: str | None,
    opens: str | None,
    zone: str | None,
    currency: str,
    lengths: tuple[str, ...],
    own_zones: tuple[str, ...],
    realm: str | None,
    as_json: bool,
) -> None:
    """Make a festival with all its phases around an opening, from a FILE or from options.

    Rates of all markets' currencies are pinned. Days are counted by the home's calendar, so each phase begins at the
    opening's time of day also where clocks are changed between.
    """
    enter_realm(realm)
    if file is None and not (slug and opens and zone):
        raise click.UsageError("give a file, or --slug, --opens and --zone")
    try:
        if file is None and slug and opens and zone:
            description = FestivalDescription(
                slug, {"en": name or slug}, opens, zone, currency, [], lengths_written(lengths), list(own_zones)
            )
        else:
            assert file is not None, "asked for above"
            description = read_description(file.read_bytes())
        with realm_database():
            planned = plan_festival(description)
            create_festival(
                record=planned.record,
                opens_at=planned.period.opens_at,
                closes_at=planned.period.closes_at,
                rates=reference_rates(),
                phases=planned.phases,
            )
            shown = FestivalShown.of(_seen(planned.record.slug), now=_now())
    except (BadDescription, Refusal) as error:
        raise in_words(error, zone=description.zone if isinstance(error, Refusal) else "UTC") from error
    if as_json:
        click.echo(json.dumps(shown.to_json()))
    else:
        print_festival(shown, market=None)


@festival.command("list", epilog="\b\nExample:\n  fairground festival list --json")
@realm_option
@_json
def list_(realm: str | None, as_json: bool) -> None:
    """List the festivals, the latest opening first, and which phase each is in."""
    enter_realm(realm)
    with realm_database():
        found = [(one, phase_at(read_phases(festival=one.slug), market=None, now=_now())) for one in festivals_seen()]
    for one, phase in found:
        kind = phase.kind.word if phase else None
        line = {"slug": one.slug, "zone": one.zone, "opens_at": one.opens_at.isoformat(), "phase": kind}
        words = f"{one.slug}  opens {clock_text(one.opens_at, one.zone)} {one.zone}"
        click.echo(json.dumps(line) if as_json else f"{words}  {PHASES[phase.kind] if phase else '-'}")
    if not found and not as_json:
        click.echo("None yet: fairground festival create --help")


@festival.command(
    epilog="\b\nExamples:\n  fairground festival show fair-2027\n  fairground festival show fair-2027 --market US"
)
@click.argument("slug")
@click.option("--market", help="As it is in a market, with the times by its clocks too.")
@realm_option
@_json
def show(slug: str, market: str | None, realm: str | None, as_json: bool) -> None:
    """Show SLUG: its phases, what is done, what comes next, and what it lacks."""
    enter_realm(realm)
    with realm_database():
        shown = FestivalShown.of(_seen(slug), now=_now())
    if market and market not in shown.zones:
        raise click.ClickException(f"there is no market {market}; there are {', '.join(shown.zones) or 'none yet'}")
    if as_json:
        click.echo(json.dumps(shown.to_json()))
    else:
        print_festival(shown, market=market)


@festival.command(epilog="\b\nExample:\n  fairground festival validate fair-2027 && echo ready")
@click.argument("slug")
@realm_option
@_json
@click.pass_context
def validate(context: click.Context, slug: str, realm: str | None, as_json: bool) -> None:
    """Look for what would go wrong in SLUG; the exit code is 1 if anything would.

    Phases that overlap or leave gaps, deals that promise more than there is or have no price, halls without deals.
    """
    enter_realm(realm)
    with realm_database():
        seen = _seen(slug)
        readiness = festival_readiness(festival=slug)
    if as_json:
        lacks = problems_json(readiness, zone=seen.zone)
        click.echo(json.dumps({"slug": slug, "ok": readiness.is_ready, "problems": lacks}))
    else:
        print_problems(readiness, zone=seen.zone)
    context.exit(0 if readiness.is_ready else 1)


@festival.command(
    epilog="\b\nExamples:\n  fairground festival shift fair-2027 --by -2h\n"
    "  fairground festival shift fair-2027 --opens 2027-11-12"
)
@click.argument("slug")
@click.option("--by", "span", help="Later by 2h, 30m or 7d; earlier with a minus. A day keeps the time of day.")
@click.option("--opens", help="The date, or date and time, of the opening by the clocks of the home zone.")
@realm_option
@_json
def shift(slug: str, span: str | None, opens: str | None, realm: str | None, as_json: bool) -> None:
    """Move SLUG with its phases and deals in time, until it opens; what has been done stays done."""
    enter_realm(realm)
    if (span is None) == (opens is None):
        raise click.UsageError("give either --by or --opens")
    with realm_database():
        seen = _seen(slug)
        try:
            opens_at = (
                moment_in(opens, seen.zone) if opens else moment_shifted(seen.opens_at, span=span or "", zone=seen.zone)
            )
            period = Period(opens_at, opens_at + (seen.closes_at - seen.opens_at))
            edit_festival(slug=slug, name=seen.name, period=period, by=_by())
        except (BadDescription, Refusal) as error:
            raise in_words(error, zone=seen.zone) from error
        shown = FestivalShown.of(_seen(slug), now=_now())
    if as_json:
        click.echo(json.dumps(shown.to_json()))
    else:
        print_festival(shown, market=None)


@festival.command(
    epilog="\b\nExample:\n  fairground festival clone fair-2027 --to fair-2028 --opens 2028-11-11 --deals"
)
@click.argument("slug")
@click.option("--to", required=True, help="The slug of the new one.")
@click.option(
    "--opens", help="When it opens by the clocks of the home zone; else 52 weeks on, the same day of the week."
)
@click.option("--deals", is_flag=True, help="Its deals too, where they still are bargains; none is frozen.")
@realm_option
@_json
def clone(slug: str, to: str, opens: str | None, deals: bool, realm: str | None, as_json: bool) -> None:
    """Make SLUG again for another year: name, halls, and phases at the same times of day; rates are pinned anew."""
    enter_realm(realm)
    with realm_database():
        seen = _seen(slug)
        try:
            opens_at = moment_in(opens, seen.zone) if opens else days_later(seen.opens_at, days=52 * 7, zone=seen.zone)
            copied = clone_festival(
                slug=slug, to=to, opens_at=opens_at, rates=reference_rates(), by=_by(), with_deals=deals
            )
        except (BadDescription, Refusal) as error:
            raise in_words(error, zone=seen.zone) from error
        shown = FestivalShown.of(_seen(to), now=_now())
    if as_json:
        click.echo(json.dumps({**shown.to_json(), "deals_copied": copied}))
    else:
        print_festival(shown, market=None)
        click.echo(f"{copied:,} deals were copied.")


@festival.command(
    epilog="\b\nExamples:\n  fairground festival compare fair-2027\n"
    "  fairground festival compare fair-2027 fair-2025 --minutes 10 --json"
)
@click.argument("slug")
@click.argument("before", required=False)
@click.option("--minutes", default=60, show_default=True, type=click.IntRange(1), help="So many are shown; all count.")
@realm_option
@_json
def compare(slug: str, before: str | None, minutes: int, realm: str | None, as_json: bool) -> None:
    """Show SLUG by minute since its opening beside BEFORE, else beside the one that it was cloned from.

    Orders and units placed and the value of what was paid, of the whole shop while each was open, in the currency of
    SLUG and at its rates.
    """
    enter_realm(realm)
    with realm_database():
        other = before or _seen(slug).previous
        if other is None:
            raise click.ClickException(f"{slug} was not cloned from another one: say with which to compare it")
        _seen(slug), _seen(other)
        one, then = festival_facts(slug=slug), festival_facts(slug=other)
        assert one is not None, slug
        assert then is not None, other
        rows = compare_minutes(festival=one, before=then)
    if as_json:
        click.echo(json.dumps(compared_json(rows, festival=one, before=then)))
    else:
        print_compared(rows, festival=one, before=then, minutes=minutes)


def _seen(slug: str) -> FestivalSeen:
    found = {one.slug: one for one in festivals_seen()}
    if slug not in found:
        raise click.ClickException(f"there is no festival {slug}; there are {', '.join(found) or 'none yet'}")
    return found[slug]


def _now() -> datetime:
    return datetime.now(UTC)


def _by() -> By:
    return By(user_id=None, now=_now())
