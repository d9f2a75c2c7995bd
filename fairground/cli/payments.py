"""`fairground payments`: a provider's books against ours, and booking what only the provider knows."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import click

from fairground.checkout.actions.book_provider_lines import LinesBooked, book_provider_lines
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import REASON_MAX, By, ReasonMissing, ShopBusy
from fairground.kernel.money import decimal_text
from fairground.payments.our_books import reconcile_day
from fairground.payments.providers.configured import configured_providers
from fairground.payments.providers.provider import FileLine, ProviderUnreachable
from fairground.payments.reconciling import Difference, Disagreement, OurLine, Reconciliation

EPILOG = """\b
Example, a day of UTC that is over:
  fairground payments reconcile stripe --day 2027-11-11 --json

\b
And book the payouts, fees and disputes of that day, each once:
  fairground payments reconcile stripe --day 2027-11-11 --book --reason "the books of that day"
"""
_WORDS = {
    Disagreement.MISSING_HERE: "moved there, and we know nothing of it",
    Disagreement.MISSING_THERE: "booked here, and not there",
    Disagreement.AMOUNT: "another amount there",
    Disagreement.CURRENCY: "another currency there",
    Disagreement.TWICE_THERE: "once more there",
    Disagreement.TWICE_HERE: "once more here",
    Disagreement.KIND: "booked here as something else",
}


@click.group(epilog=EPILOG)
def payments() -> None:
    """Look after payments with providers."""


@payments.command("reconcile", epilog=EPILOG)
@click.argument("provider")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="A day of UTC; the next one is over too.")
@click.option("--book", is_flag=True, help="Book what only the provider knows: payouts, fees, disputes; each once.")
@click.option("--reason", default="", help="Why it is booked, for the audit log; --book needs it.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def reconcile_command(
    context: click.Context, provider: str, day: datetime, book: bool, reason: str, realm: str | None, as_json: bool
) -> None:
    """Compare PROVIDER's books of a day with ours, and list what does not agree.

    Without --book it changes nothing. What differs is never booked. The exit code is 1 if anything differs, or could
    not be booked.
    """
    if book and not reason.strip():
        raise click.UsageError("say why it is booked: --reason")
    enter_realm(realm)
    with realm_database(migrate=False):
        found, unfit = reconcile_with(code=provider, day=day.date()), 0
        if book and found.to_book:
            unfit = book_told(code=provider, lines=found.to_book, reason=reason).unfit
            found = reconcile_with(code=provider, day=day.date())
    click.echo(json.dumps(to_json(found)) if as_json else "\n".join(to_lines(found)))
    if unfit:
        click.echo(f"{unfit} to book that fit no books, by their amounts or their names", err=True)
    context.exit(1 if found.differences or unfit else 0)


def reconcile_with(*, code: str, day: date) -> Reconciliation:
    """Compare a day's books with those of the provider of this code.

    :raises click.ClickException: there is no such provider, or its books are not to be had
    """
    providers = configured_providers()
    if code not in providers:
        known = ", ".join(providers) or "none"
        raise click.ClickException(f"no provider {code} is set up here; there are: {known}")
    try:
        return reconcile_day(provider=providers[code], day=day)
    except ProviderUnreachable as refusal:
        reason = refusal.facts.get("reason", "unreachable")
        raise click.ClickException(f"the books of {code} are not to be had now: {reason}") from refusal


def book_told(*, code: str, lines: Sequence[FileLine], reason: str) -> LinesBooked:
    """Book lines that only a provider knows of.

    :raises click.ClickException: no reason is given, or too long a one, or the writers' turn was not had in time
    """
    by = By(user_id=None, now=datetime.now(UTC), reason=reason.strip())
    try:
        return book_provider_lines(provider=code, lines=lines, by=by)
    except ReasonMissing as refusal:
        raise click.ClickException(f"say why in at most {REASON_MAX} letters; nothing was booked") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the shop is busy; ask again: what was booked is not booked twice") from refusal


def to_json(found: Reconciliation) -> dict[str, Any]:
    """Return what was found as one object."""
    return {
        "ok": not found.differences,
        "day": found.day.isoformat(),
        "agreed": found.agreed,
        "agreed_minor": [
            {"kind": kind.name, "currency": currency, "amount_minor": amount_minor}
            for (kind, currency), amount_minor in sorted(found.agreed_minor.items())
        ],
        "booked": found.booked,
        "to_book": [_shown(line) for line in found.to_book],
        "differences": [
            {"what": one.what.name, "theirs": _shown(one.theirs), "ours": _shown(one.ours)} for one in found.differences
        ],
    }


def to_lines(found: Reconciliation) -> list[str]:
    """Return what was found in lines for a terminal."""
    sums = [
        f"{kind.name.lower()}: {decimal_text(amount_minor, currency)} {currency}"
        for (kind, currency), amount_minor in sorted(found.agreed_minor.items())
    ]
    told = [f"{found.agreed} agree, {found.booked} of them booked from its books", *sums]
    to_book = [
        f"to book: {line.kind.name.lower()} ({line.line_id}): {decimal_text(line.amount_minor, line.currency)}"
        f" {line.currency}"
        for line in found.to_book
    ]
    counts = f"{len(found.to_book)} to book, {len(found.differences)} differ"
    return [*told, *to_book, *[_sentence(one) for one in found.differences], counts]


def _sentence(one: Difference) -> str:
    line = one.theirs or one.ours
    assert line is not None, one
    sides = [f"{side} {decimal_text(at.amount_minor, at.currency)} {at.currency}" for side, at in _sides(one)]
    return f"{line.kind.name.lower()} {line.key or '-'} ({line.ref or '-'}): {_WORDS[one.what]}; {', '.join(sides)}"


def _sides(one: Difference) -> list[tuple[str, FileLine | OurLine]]:
    return [(side, at) for side, at in (("there", one.theirs), ("here", one.ours)) if at is not None]


def _shown(line: FileLine | OurLine | None) -> dict[str, Any] | None:
    return None if line is None else {**asdict(line), "kind": line.kind.name, "at": line.at.isoformat()}
