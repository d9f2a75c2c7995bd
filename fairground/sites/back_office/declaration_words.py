"""What the review queue says of what the price guard found, and of where enrolments and declarations stand."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.festivals.declared import DeclarationState, EnrolmentState
from fairground.festivals.guard import Code
from fairground.kernel.money import decimal_text

DECLARATION_STATES: dict[str, Any] = {
    DeclarationState.DRAFT: _("Draft"),
    DeclarationState.SUBMITTED: _("Waits"),
    DeclarationState.NEEDS_SECOND: _("Waits for a second person"),
    DeclarationState.APPROVED: _("Approved"),
    DeclarationState.DECLINED: _("Declined"),
    DeclarationState.FROZEN: _("Approved, units set aside"),
}
# An amount within a sentence of another direction.
_ISOLATED = "\N{FIRST STRONG ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"
ENROLMENT_STATES: dict[str, Any] = {
    EnrolmentState.APPLIED: _("Applied"),
    EnrolmentState.ADMITTED: _("Admitted"),
    EnrolmentState.DECLINED: _("Declined"),
    EnrolmentState.WITHDRAWN: _("Withdrawn"),
}


def amount(amount_minor: int | None, currency: str) -> str:
    """Return an amount with its currency, or a dash where there is none."""
    return "-" if amount_minor is None else f"{decimal_text(amount_minor, currency)} {currency}"


def percent_text(bps: int | None) -> str:
    """Return basis points as per cent with a sign, rounded to one decimal; a dash for none."""
    return "-" if bps is None else f"{bps / 100:+.1f} %"


def finding_text(finding: Mapping[str, Any]) -> str:
    """Return in plain words what the guard found."""
    words = _WORDS.get(str(finding.get("code")))
    return words(finding) if words else str(finding.get("code"))


def count_text(number: int) -> str:
    """Return a count with its thousands apart."""
    return number_format(number, force_grouping=True)


def _money(finding: Mapping[str, Any], name: str) -> str:
    return _ISOLATED % amount(int(finding[name]), str(finding["currency"]))


def _below_floor(one: Mapping[str, Any]) -> str:
    return gettext("%(market)s: %(price)s is below the floor of %(floor)s.") % {
        "market": one["market"],
        "price": _money(one, "price_minor"),
        "floor": _money(one, "floor_minor"),
    }


def _too_deep(one: Mapping[str, Any]) -> str:
    return gettext("%(market)s: %(price)s is %(percent)s %% below the lowest price of 30 days, %(prior)s.") % {
        "market": one["market"],
        "price": _money(one, "price_minor"),
        "percent": f"{abs(int(one['away_bps'])) / 100:.1f}",
        "prior": _money(one, "prior_minor"),
    }


def _digits(one: Mapping[str, Any]) -> str:
    return gettext("%(market)s: the point of %(price)s may have slipped. Was %(meant)s meant?") % {
        "market": one["market"],
        "price": _money(one, "price_minor"),
        "meant": _money(one, "meant_minor"),
    }


def _percent(one: Mapping[str, Any]) -> str:
    return gettext("%(market)s: %(price)s may be %(percent)s %% off, written as a price. Was %(meant)s meant?") % {
        "market": one["market"],
        "price": _money(one, "price_minor"),
        "percent": one["percent"],
        "meant": _money(one, "meant_minor"),
    }


def _above_usual(one: Mapping[str, Any]) -> str:
    return gettext("%(market)s: %(price)s is more than the usual price of %(usual)s.") % {
        "market": one["market"],
        "price": _money(one, "price_minor"),
        "usual": _money(one, "usual_minor"),
    }


def _above_prior(one: Mapping[str, Any]) -> str:
    words = gettext("%(market)s: %(price)s is more than it cost within 30 days, %(prior)s, so it is no reduction.")
    return words % {
        "market": one["market"],
        "price": _money(one, "price_minor"),
        "prior": _money(one, "prior_minor"),
    }


def _markets_disagree(one: Mapping[str, Any]) -> str:
    words = gettext("%(market)s: %(price)s does not fit the other markets, by which it would be about %(expected)s.")
    return words % {
        "market": one["market"],
        "price": _money(one, "price_minor"),
        "expected": _money(one, "expected_minor"),
    }


def _units_short(one: Mapping[str, Any]) -> str:
    return gettext("%(units)s units are declared, and %(free)s are free.") % {
        "units": count_text(int(one["units"])),
        "free": count_text(int(one["free"])),
    }


def _limit_above_units(one: Mapping[str, Any]) -> str:
    return gettext("One buyer may have %(limit)s, and there are %(units)s.") % {
        "limit": count_text(int(one["buyer_limit"])),
        "units": count_text(int(one["units"])),
    }


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    Code.BELOW_FLOOR: _below_floor,
    Code.TOO_DEEP: _too_deep,
    Code.DIGITS: _digits,
    Code.PERCENT: _percent,
    Code.ABOVE_USUAL: _above_usual,
    Code.ABOVE_PRIOR: _above_prior,
    Code.MARKETS_DISAGREE: _markets_disagree,
    Code.UNITS_SHORT: _units_short,
    Code.LIMIT_ABOVE_UNITS: _limit_above_units,
}
