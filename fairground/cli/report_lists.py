"""`fairground report`: the lists of the back office, as files. Those that name shoppers the audit log keeps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from fairground.aftersales.listed import cases_listed
from fairground.aftersales.queries import QueuePart
from fairground.cli.written_report import (
    any_days,
    days,
    example,
    file_forms,
    midnight,
    period_between,
    write_stream,
    write_table,
)
from fairground.kernel.edits import By
from fairground.settlement.reports.audit_log import AUDIT_COLUMNS, TooManyDays, take_audit_log
from fairground.settlement.reports.listed import (
    EVER,
    Span,
    credit_listed,
    disputes_listed,
    gift_cards_listed,
    payments_listed,
    payouts_listed,
    returns_listed,
    take_file,
    withdrawals_listed,
)
from fairground.settlement.reports.standing import aside_listed, owed_listed, terms_listed
from fairground.settlement.reports.tables import Table
from fairground.settlement.rules.payouts import PayoutState

_STATES = {state.name.lower(): state for state in PayoutState}
_PARTS = {part.value: part for part in QueuePart}
# As on the back office's page: what is due within a day is looked at today.
_DUE_SOON = timedelta(days=1)


@click.command(epilog=example("payments --open --json"))
@file_forms("csv", "json")
@any_days
@click.option("--open", "is_open", is_flag=True, help="Only those that are not over.")
def payments(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    is_open: bool,
) -> None:
    """Write payments with providers that were begun in some days, by UTC; without days, all."""
    span = _span(from_day, to_day)
    asked = {"open": "1" if is_open else "", **_asked(from_day, to_day)}
    _write_taken(realm, out, form, asked, lambda: payments_listed(span=span, is_open=is_open))


@click.command(epilog=example("returns --failed --csv"))
@file_forms("csv", "json")
@any_days
@click.option("--failed", "is_failed", flag_value=True, type=bool, default=None, help="Only those that failed.")
@click.option("--open", "is_failed", flag_value=False, type=bool, help="Only those that are on their way.")
def returns(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    is_failed: bool | None,
) -> None:
    """Write what goes back to providers, of some days, by UTC; without days, all."""
    span = _span(from_day, to_day)
    asked = {"failed": "" if is_failed is None else str(int(is_failed)), **_asked(from_day, to_day)}
    _write_taken(realm, out, form, asked, lambda: returns_listed(span=span, is_failed=is_failed))


@click.command("gift-cards", epilog=example("gift-cards --from 2026-11-01 --csv --out cards.csv"))
@file_forms("csv", "json")
@any_days
def gift_cards(
    form: str | None, out: Path, realm: str | None, from_day: datetime | None, to_day: datetime | None
) -> None:
    """Write the gift cards that were issued in some days, by UTC; without days, all. Their codes are nowhere."""
    span = _span(from_day, to_day)
    _write_taken(
        realm, out, form, _asked(from_day, to_day), lambda: gift_cards_listed(span=span, now=datetime.now(UTC))
    )


@click.command(epilog=example("credit --from 2026-11-01 --json"))
@file_forms("csv", "json")
@any_days
def credit(form: str | None, out: Path, realm: str | None, from_day: datetime | None, to_day: datetime | None) -> None:
    """Write the credit that was granted to shoppers in some days, by UTC; without days, all."""
    span = _span(from_day, to_day)
    _write_taken(realm, out, form, _asked(from_day, to_day), lambda: credit_listed(span=span))


@click.command(epilog=example("withdrawals --open --json"))
@file_forms("csv", "json")
@any_days
@click.option("--open", "is_open", is_flag=True, help="Only those of which something is left to do.")
def withdrawals(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    is_open: bool,
) -> None:
    """Write the withdrawals that were declared in some days, by UTC; without days, all."""
    span = _span(from_day, to_day)
    asked = {"open": "1" if is_open else "", **_asked(from_day, to_day)}
    _write_taken(realm, out, form, asked, lambda: withdrawals_listed(span=span, is_open=is_open))


@click.command(epilog=example("cases --part due --csv"))
@file_forms("csv", "json")
@any_days
@click.option("--part", "part_name", type=click.Choice(list(_PARTS)), default=None, help="Only a part of the queue.")
def cases(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    part_name: str | None,
) -> None:
    """Write the after-sale cases that were opened in some days, by UTC; without days, all.

    No word that anybody wrote is in it.
    """
    span, part = _span(from_day, to_day), _PARTS[part_name] if part_name else None
    due_before = datetime.now(UTC) + _DUE_SOON if part is QueuePart.DUE else None
    asked = {"part": part_name or "", **_asked(from_day, to_day)}
    _write_taken(realm, out, form, asked, lambda: cases_listed(span=span, part=part, due_before=due_before))


@click.command(epilog=example("payouts --state proposed --csv --out payouts.csv"))
@file_forms("csv", "json")
@any_days
@click.option("--state", type=click.Choice(list(_STATES)), default=None, help="Only those in this state.")
def payouts(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    state: str | None,
) -> None:
    """Write the payouts that were proposed in some days, by UTC; without days, all."""
    span = _span(from_day, to_day)
    write_table(realm, out, form, lambda: payouts_listed(span=span, state=_STATES[state] if state else None))


@click.command(epilog=example("disputes --open --csv --out disputes.csv"))
@file_forms("csv", "json")
@any_days
@click.option("--over", "is_over", flag_value=True, type=bool, default=None, help="Only those that are over.")
@click.option("--open", "is_over", flag_value=False, type=bool, help="Only those that are not over.")
def disputes(
    form: str | None,
    out: Path,
    realm: str | None,
    from_day: datetime | None,
    to_day: datetime | None,
    is_over: bool | None,
) -> None:
    """Write disputed payments that were noted in some days, by UTC; without days, all."""
    span = _span(from_day, to_day)
    asked = {"over": "" if is_over is None else str(int(is_over)), **_asked(from_day, to_day)}
    _write_taken(realm, out, form, asked, lambda: disputes_listed(span=span, is_over=is_over))


@click.command(epilog=example("owed --csv --out owed.csv"))
@file_forms("csv", "json")
def owed(form: str | None, out: Path, realm: str | None) -> None:
    """Write what merchants owe the platform just now, what has been owed longest first."""
    write_table(realm, out, form, lambda: owed_listed(now=datetime.now(UTC)))


@click.command(epilog=example("terms --json"))
@file_forms("csv", "json")
def terms(form: str | None, out: Path, realm: str | None) -> None:
    """Write how merchants are settled of whom somebody said so, those that are held first."""
    write_table(realm, out, form, terms_listed)


@click.command("set-aside", epilog=example("set-aside --csv"))
@file_forms("csv", "json")
def set_aside(form: str | None, out: Path, realm: str | None) -> None:
    """Write the rows that the background has set aside, those that wait longest first."""
    write_table(realm, out, form, aside_listed)


@click.command(epilog=example("audit --from 2026-11-01 --to 2026-11-30 --csv --out audit.csv"))
@file_forms("csv", "json")
@days
def audit(form: str | None, out: Path, realm: str | None, from_day: datetime | None, to_day: datetime | None) -> None:
    """Write what the audit log has of some days, by UTC, at most 366; that it was taken stands in it, too."""
    period = period_between(from_day, to_day)
    span = Span(midnight(period.from_date), midnight(period.to_date))
    asked = {"from": f"{period.from_date}", "to": f"{period.to_date - timedelta(days=1)}"}
    try:
        by = By(user_id=None, now=datetime.now(UTC))
        write_stream(realm, out, form, AUDIT_COLUMNS, lambda: take_audit_log(span=span, asked=asked, by=by))
    except TooManyDays as refusal:
        raise click.ClickException(f"more than {refusal.facts['days_max']} days: ask for fewer") from refusal


_OF_PAYMENTS = (payments, returns, disputes, gift_cards, credit, withdrawals, cases, payouts)
LISTS: tuple[click.Command, ...] = (*_OF_PAYMENTS, owed, terms, set_aside, audit)


def _span(from_day: datetime | None, to_day: datetime | None) -> Span:
    """Return the days from one to the other, which is included; where one is not said, there is no end on its side."""
    if from_day and to_day and to_day < from_day:
        raise click.BadParameter("the last day is before the first", param_hint="--to")
    return Span(
        midnight(from_day.date()) if from_day else EVER.from_at,
        midnight(to_day.date()) + timedelta(days=1) if to_day else EVER.to_at,
    )


def _asked(from_day: datetime | None, to_day: datetime | None) -> dict[str, str]:
    return {name: f"{day:%Y-%m-%d}" if day else "" for name, day in (("from", from_day), ("to", to_day))}


def _write_taken(
    realm: str | None, out: Path, form: str | None, asked: dict[str, str], table: Callable[[], Table]
) -> None:
    by = By(user_id=None, now=datetime.now(UTC))
    write_table(realm, out, form, lambda: take_file(table=table(), asked=asked, by=by))
