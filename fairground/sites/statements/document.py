"""A statement as a PDF, set by Typst from its words alone, in the merchant's language where the shop speaks it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from fairground.kernel.money import decimal_text
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import market_languages, market_of
from fairground.settlement.rules.payouts import EntryKind
from fairground.settlement.statements import StatementHead, StatementLine
from fairground.sites.documents.coverage import printed
from fairground.sites.documents.setting import set_pdf
from fairground.sites.exchange_words import exchange_text
from fairground.sites.languages import language_tag
from fairground.sites.wording import date_text, money_text

# Some hundred pages, in a second: who has more reads the table.
PDF_LINES_MAX = 5_000
_SOURCE = Path(__file__).resolve().with_name("statement.typ")


class TooManyLines(Refusal):
    """The statement is too long for a document; the table has it."""


def statement_language(country: str) -> str:
    """Return the first language of a merchant's market that the pages speak, else English."""
    market = market_of(code=country)
    spoken = dict(settings.LANGUAGES)
    asked = market_languages(market=market.code) if market else []
    return next((one for one in asked if one in spoken), "en")


def statement_pdf(head: StatementHead, lines: Sequence[StatementLine]) -> bytes:
    """Return the PDF of a statement; the same statement is the same bytes.

    :raises TooManyLines: there are more than `PDF_LINES_MAX`
    :raises TooManyAtOnce: other documents are being set
    """
    if len(lines) > PDF_LINES_MAX:
        raise TooManyLines(lines=len(lines))
    with translation.override(statement_language(head.country)):
        data = statement_words(head, lines)
    return set_pdf(_SOURCE, data=data, at=head.proposed_at)


def statement_words(head: StatementHead, lines: Sequence[StatementLine]) -> dict[str, Any]:
    """Return all that a statement's document says, amounts with all decimals, in the language that holds."""
    currency, at = head.currency, head.proposed_at
    sums = [sum(column) for column in zip(*map(_amounts, lines), strict=True)]
    return {
        "title": gettext("Statement"),
        "number": str(head.payout_id),
        "language": language_tag(translation.get_language() or "en").partition("-")[0],
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "date": [at.year, at.month, at.day],
        "facts": _facts(head),
        "columns": _columns(),
        "lines": [
            [
                f"{line.order_number}\n{_why(line)}, {date_text(line.at, 'UTC')}",
                *[decimal_text(amount_minor, currency) for amount_minor in _amounts(line)],
            ]
            for line in lines
        ],
        "sums": [gettext("Total"), *[decimal_text(amount_minor, currency) for amount_minor in sums]],
        "notes": _notes(lines),
    }


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


def _notes(lines: Sequence[StatementLine]) -> list[str]:
    notes = [gettext("What was taken off, and what refunds took back, stands below zero. Each line adds up.")]
    if any(line.other_side for line in lines):
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
