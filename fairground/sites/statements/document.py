"""A statement as a PDF, set by Typst from its words alone, in the merchant's language where the shop speaks it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from fairground.kernel.money import decimal_text
from fairground.markets.queries import market_languages, market_of
from fairground.settlement.rules.payouts import EntryKind
from fairground.settlement.statements import StatementHead, StatementLine
from fairground.sites.documents.coverage import printed
from fairground.sites.documents.setting import set_pdf
from fairground.sites.exchange_words import exchange_text
from fairground.sites.languages import language_tag
from fairground.sites.wording import date_text, money_text

# Some hundred pages, in a second: of more the document has sums, and the table has the lines.
PDF_LINES_MAX = 5_000
# As many as `_amounts` returns, and the document has columns for.
AMOUNTS_A_LINE = 8
_SOURCE = Path(__file__).resolve().with_name("statement.typ")

_Row = tuple[str, tuple[int, ...]]


@dataclass(slots=True)
class _Day:
    """What the lines of a day come to."""

    lines: int
    amounts_minor: list[int]


def statement_language(country: str) -> str:
    """Return the first language of a merchant's market that the pages speak, else English."""
    market = market_of(code=country)
    spoken = dict(settings.LANGUAGES)
    asked = market_languages(market=market.code) if market else []
    return next((one for one in asked if one in spoken), "en")


def statement_pdf(head: StatementHead, lines: Iterable[StatementLine]) -> bytes:
    """Return the PDF of a statement; the same statement is the same bytes.

    Of more lines than `PDF_LINES_MAX` it has a row for each day, and says that the table has the lines.

    :raises TooManyAtOnce: other documents are being set
    """
    with translation.override(statement_language(head.country)):
        data = statement_words(head, lines)
    return set_pdf(_SOURCE, data=data, at=head.proposed_at)


def statement_words(head: StatementHead, lines: Iterable[StatementLine]) -> dict[str, Any]:
    """Return all that a statement's document says, amounts with all decimals, in the language that holds."""
    currency, at = head.currency, head.proposed_at
    coming = iter(lines)
    held = list(islice(coming, PDF_LINES_MAX + 1))
    if len(held) > PDF_LINES_MAX:
        rows, notes = _by_day(chain(held, coming))
    else:
        rows = [(f"{line.order_number}\n{_why(line)}, {date_text(line.at, 'UTC')}", _amounts(line)) for line in held]
        notes = _notes(has_set_off=any(line.other_side for line in held))
    sums = [sum(column) for column in zip(*(amounts for _, amounts in rows), strict=True)]
    return {
        "title": gettext("Statement"),
        "number": str(head.payout_id),
        "language": language_tag(translation.get_language() or "en").partition("-")[0],
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "date": [at.year, at.month, at.day],
        "facts": _facts(head),
        "columns": _columns(),
        "lines": [[what, *[decimal_text(minor, currency) for minor in amounts]] for what, amounts in rows],
        "sums": [gettext("Total"), *[decimal_text(amount_minor, currency) for amount_minor in sums]],
        "notes": notes,
    }


def _by_day(lines: Iterable[StatementLine]) -> tuple[list[_Row], list[str]]:
    """Return a row for each day (UTC) that has lines, in the days' order, and what is said of them below."""
    days: dict[date, _Day] = {}
    has_set_off = False
    for line in lines:
        day = days.setdefault(line.at.astimezone(UTC).date(), _Day(0, [0] * AMOUNTS_A_LINE))
        day.lines += 1
        day.amounts_minor = [so_far + more for so_far, more in zip(day.amounts_minor, _amounts(line), strict=True)]
        has_set_off = has_set_off or line.other_side is not None
    rows = [(f"\n{_day_text(when, day.lines)}", tuple(day.amounts_minor)) for when, day in sorted(days.items())]
    total = sum(day.lines for day in days.values())
    told = gettext("There are %(lines)s lines: here they are added up by day (UTC). The table (CSV) has each of them.")
    return rows, [told % {"lines": number_format(total, force_grouping=True)}, *_notes(has_set_off=has_set_off)]


def _day_text(day: date, lines: int) -> str:
    told = ngettext("%(day)s, %(lines)s line", "%(day)s, %(lines)s lines", lines)
    when = date_text(datetime.combine(day, time(), UTC), "UTC")
    return told % {"day": when, "lines": number_format(lines, force_grouping=True)}


def _why(line: StatementLine) -> str:
    """Return what a line is; of what was set off also the other amount, and the rate between both."""
    side = line.other_side
    if side is not None:
        rate = exchange_text(side.rate_numerator, side.rate_denominator, source=side.source, target=side.target)
        facts = {"amount": money_text(side.amount_minor, side.currency), "rate": rate}
        return gettext("Set off against %(amount)s (%(rate)s)") % facts
    return {
        EntryKind.RELEASE: gettext("Completed"),
        EntryKind.REFUND: gettext("Money refunded"),
        EntryKind.RESERVE: gettext("Reserve returned"),
        EntryKind.FORFEIT: gettext("Deposit forfeited to you"),
        EntryKind.PENALTY: gettext("Deposit returned doubled"),
        EntryKind.SET_OFF: gettext("Set off in another currency"),
    }[line.kind]


def _notes(*, has_set_off: bool) -> list[str]:
    notes = [gettext("What was taken off, and what refunds took back, stands below zero. Each line adds up.")]
    if has_set_off:
        notes.append(
            gettext("Before you are paid, what you owe in another currency is set off, at the rate of that day.")
        )
    return notes


def _amounts(line: StatementLine) -> tuple[int, ...]:
    return (
        line.gross_minor,
        line.discounts_minor,
        -line.commission_minor,
        -line.fee_tax_minor,
        -line.creator_minor,
        -line.reserve_minor,
        line.other_minor,
        line.payable_minor,
    )


def _columns() -> list[str]:
    return [
        gettext("Order"),
        gettext("Paid by the shopper"),
        gettext("Discounts the platform pays"),
        gettext("Commission"),
        gettext("Tax on it"),
        gettext("Creator"),
        gettext("Reserve"),
        gettext("Other"),
        gettext("Yours"),
    ]


def _facts(head: StatementHead) -> list[tuple[str, str]]:
    facts = [
        (gettext("Merchant"), printed(head.merchant).text),
        (gettext("Date"), date_text(head.proposed_at, "UTC")),
        (gettext("Number"), str(head.payout_id)),
        (gettext("Amount"), money_text(head.amount_minor, head.currency)),
    ]
    if head.rate_quoted_at is not None:
        numerator, denominator = head.rate_numerator, head.rate_denominator
        rate = exchange_text(numerator, denominator, source=head.currency, target=head.paid_currency)
        exact = f"{numerator}/{denominator}, {date_text(head.rate_quoted_at, 'UTC')}"
        facts.append((gettext("Exchange rate"), f"{rate} ({exact})"))
        facts.append((gettext("Amount paid to you"), money_text(head.paid_minor, head.paid_currency)))
    if head.reference:
        facts.append((gettext("Reference"), printed(head.reference).text))
    return facts
