"""The commissions that hold now, and how they were set: when, by whom, from what to what."""

from dataclasses import dataclass
from datetime import datetime

from fairground.settlement.reports.reading import ROWS_MAX, ReportTooLong, read_rows


@dataclass(frozen=True, slots=True)
class FeesAsked:
    """Commissions of a category and those below it, and of a merchant (a slug) and all; "" asks for any."""

    category: str = ""
    merchant: str = ""


@dataclass(frozen=True, slots=True)
class SetBy:
    """Who set a commission: `user_id` None with the command line; `email` "" where there is no such user any more."""

    user_id: int | None
    email: str
    reason: str


@dataclass(frozen=True, slots=True)
class FeeNow:
    """A commission of a category that holds, of one merchant or (slug "") of all."""

    category: str
    slug: str
    name: str
    commission_bps: int
    since: datetime
    set_by: SetBy


@dataclass(frozen=True, slots=True)
class OwnFee:
    """What a merchant pays for all that it sells, where no category has a commission."""

    merchant_id: int
    slug: str
    name: str
    commission_bps: int


@dataclass(frozen=True, slots=True)
class FeeSet:
    """A commission as it was set; category "": a merchant's own; None before: none; None after: it held no more."""

    at: datetime
    category: str
    slug: str
    before_bps: int | None
    commission_bps: int | None
    set_by: SetBy


def fees_holding(*, asked: FeesAsked, rows_max: int = ROWS_MAX) -> list[FeeNow]:
    """Return the commissions of categories that hold, by category, those of all merchants first.

    :raises ReportTooSlow: it took too long
    """
    rows = read_rows("fees_holding", {"category": asked.category, "merchant": asked.merchant, "rows_max": rows_max})
    return [
        FeeNow(category, slug, name, commission_bps, since, SetBy(*by))
        for category, slug, name, commission_bps, since, *by in rows
    ]


def own_fees(*, merchant: str, after: str, rows_max: int) -> list[OwnFee]:
    """Return merchants' own commissions in the order of their slugs, of one or of those that come after a slug.

    :raises ReportTooSlow: it took too long
    """
    rows = read_rows("fees_of_merchants", {"merchant": merchant, "after": after, "rows_max": rows_max})
    return [OwnFee(*row) for row in rows]


def fee_history(*, asked: FeesAsked, rows_max: int, passed_over: int = 0) -> list[FeeSet]:
    """Return how commissions were set, the last first, after so many that are passed over.

    :raises ReportTooSlow: it took too long
    """
    spans = {"rows_max": rows_max, "passed_over": passed_over}
    rows = read_rows("fee_history", {"category": asked.category, "merchant": asked.merchant, **spans})
    return [
        FeeSet(at, category, slug, before_bps, commission_bps, SetBy(*by))
        for at, category, slug, before_bps, commission_bps, *by in rows
    ]


def all_fees(*, asked: FeesAsked) -> tuple[list[FeeNow], list[OwnFee]]:
    """Return all commissions that hold, of categories and, where none is asked for, merchants' own.

    :raises ReportTooLong: there are more than `ROWS_MAX`
    :raises ReportTooSlow: it took too long
    """
    holding = fees_holding(asked=asked, rows_max=ROWS_MAX + 1)
    own = [] if asked.category else own_fees(merchant=asked.merchant, after="", rows_max=ROWS_MAX + 1)
    if len(holding) + len(own) > ROWS_MAX:
        raise ReportTooLong(rows_max=ROWS_MAX)
    return holding, own


def whole_fee_history(*, asked: FeesAsked) -> list[FeeSet]:
    """Return how these commissions were ever set, the last first.

    :raises ReportTooLong: there are more than `ROWS_MAX`
    :raises ReportTooSlow: it took too long
    """
    found = fee_history(asked=asked, rows_max=ROWS_MAX + 1)
    if len(found) > ROWS_MAX:
        raise ReportTooLong(rows_max=ROWS_MAX)
    return found
