"""The fields of the form that makes a promotion: facts, what it is for, and amounts and limits market by market."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from fairground.catalog.rules import QUANTITY_MAX
from fairground.promotions.rules.declaring import BUNDLE_UNITS_MIN, USES_MAX, MarketTerms
from fairground.promotions.rules.terms import PromotionKind
from fairground.sites.back_office.fields import AmountField, PercentField, moment_field, plain_field
from fairground.sites.back_office.promotion_words import KINDS, STEPS

# Ids, codes and slugs that somebody types by hand; a longer list is a category, or a hall.
_LIST_LENGTH_MAX = 4_000
# What is typed by market: columns of the form's table, by their names.
AMOUNTS: Mapping[str, Any] = {
    "threshold": gettext_lazy("From"),
    "off": gettext_lazy("Amount off"),
    "ceiling": gettext_lazy("At most"),
    "bundle": gettext_lazy("Bundle's price"),
    "budget": gettext_lazy("Budget"),
}
COUNTS: Mapping[str, Any] = {
    "uses": gettext_lazy("Purchases at most"),
    "coupons": gettext_lazy("Coupons"),
}
# Which amounts a kind needs, and which it may have.
NEEDED: Mapping[PromotionKind, frozenset[str]] = {
    PromotionKind.AMOUNT_OFF: frozenset({"off"}),
    PromotionKind.BUNDLE_FOR_PRICE: frozenset({"bundle"}),
}
ALLOWED: Mapping[PromotionKind, frozenset[str]] = {
    PromotionKind.AMOUNT_OFF: frozenset({"off", "threshold", "budget"}),
    PromotionKind.PERCENT_OFF: frozenset({"threshold", "ceiling", "budget"}),
    PromotionKind.SHIPPING_OFF: frozenset({"threshold", "ceiling", "budget"}),
    PromotionKind.BUNDLE_FOR_PRICE: frozenset({"bundle", "budget"}),
    PromotionKind.BUNDLE_FOR_FEWER: frozenset({"budget"}),
}


def what_fields() -> dict[str, forms.Field]:
    """Return the fields that say what it takes off."""
    return {
        "step": forms.ChoiceField(
            label=_("Where it stacks"),
            choices=[(one.name.lower(), words) for one, words in STEPS.items()],
            help_text=_("Each step takes from what those before it left, in this order."),
        ),
        "kind": forms.ChoiceField(label=_("Kind"), choices=[(one.name.lower(), words) for one, words in KINDS.items()]),
        "percent": PercentField(
            label=_("Percentage"),
            help_text=_("Of a percentage, and of shipping: 100 is free shipping."),
            required=False,
        ),
        "bundle_units": _count(
            _("Units of a bundle"),
            _("Several for a price, or for that of fewer."),
            QUANTITY_MAX,
            least=BUNDLE_UNITS_MIN,
        ),
        "bundle_paid_units": _count(_("Of them paid"), _("For the price of so many."), QUANTITY_MAX),
        "repeats": _box(_("Again for each full threshold, as often as it is full")),
    }


def whose_fields() -> dict[str, forms.Field]:
    """Return the fields that say whose it is, what it is for, and who pays."""
    return {
        "merchant": plain_field(
            label=_("Merchant"), note=_("Whose it is, by its slug: for its own goods alone. Empty: the platform's.")
        ),
        "merchant_percent": PercentField(
            label=_("Of it, merchants pay (%)"), help_text=_("Empty: nothing, so the platform pays."), required=False
        ),
        "merchants": _things(_("Only for goods of these merchants"), _("Their slugs.")),
        "halls": _things(_("Only for deals of these halls"), _("Their slugs.")),
        "categories": _things(_("Only for these categories"), _("Their codes, such as home.lighting.")),
        "skus": _things(_("Only for these SKUs"), _("Their numbers. All four empty: for everything.")),
        "excludes_deals": _box(_("Leave out goods at a festival price")),
    }


def when_fields() -> dict[str, forms.Field]:
    """Return the fields that say when it is, and how often a shopper has it."""
    return {
        "opens_at": moment_field(label=_("Opens (UTC)"), note="", required=True),
        "closes_at": moment_field(label=_("Closes (UTC)"), note="", required=True),
        "needs_coupon": _box(_("Shipping: only with its coupon")),
        "collects_from": moment_field(
            label=_("Coupons can be collected from (UTC)"), note=_("Empty: from the opening on.")
        ),
        "shopper_uses_max": _count(
            _("Purchases of one shopper at most"), _("Empty: no limit. A coupon counts once by itself."), USES_MAX
        ),
    }


def market_fields(currencies: Mapping[str, str]) -> dict[str, forms.Field]:
    """Return the fields of each market, named `column_market`; `in_market` says whether it is there at all."""
    fields: dict[str, forms.Field] = {}
    for market, currency in currencies.items():
        place = {"market": market, "currency": currency}
        fields[f"in_{market}"] = _box(gettext("In %(market)s") % place)
        for column, words in AMOUNTS.items():
            fields[f"{column}_{market}"] = AmountField(
                currency=currency, label=gettext("%(what)s, %(market)s, %(currency)s") % {"what": words, **place}
            )
        for column, words in COUNTS.items():
            label = gettext("%(what)s, %(market)s") % {"what": words, "market": market}
            fields[f"{column}_{market}"] = _count(label, "", USES_MAX)
        for column in (*AMOUNTS, *COUNTS):
            fields[f"{column}_{market}"].widget.attrs["aria-label"] = str(fields[f"{column}_{market}"].label)
    return fields


def is_filled(data: Mapping[str, Any], market: str) -> bool:
    """Return whether something was said of a market."""
    return bool(data[f"in_{market}"]) or any(data[f"{column}_{market}"] for column in (*AMOUNTS, *COUNTS))


def market_terms(data: Mapping[str, Any], market: str) -> MarketTerms:
    """Return what was typed for a market; what is empty is none."""
    amounts = {column: data[f"{column}_{market}"] for column in (*AMOUNTS, *COUNTS)}
    return MarketTerms(
        threshold_minor=amounts["threshold"] or 0,
        off_minor=amounts["off"] or 0,
        ceiling_minor=amounts["ceiling"] or 0,
        bundle_minor=amounts["bundle"] or 0,
        uses_max=amounts["uses"],
        amount_max_minor=amounts["budget"],
        coupons_max=amounts["coupons"],
    )


def _count(label: Any, note: Any, most: int, *, least: int = 1) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"dir": "ltr"})
    return forms.IntegerField(
        label=label, help_text=note, required=False, min_value=least, max_value=most, widget=widget
    )


def _box(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def _things(label: Any, note: Any) -> forms.CharField:
    field = plain_field(label=label, note=note, lines=True, length_max=_LIST_LENGTH_MAX)
    field.widget.attrs["rows"] = 2
    return field
