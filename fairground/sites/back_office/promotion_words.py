"""What the back office says of promotions: steps, kinds and states, what one does in sentences, and why it can't be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fairground.kernel.money import minor_digits
from fairground.promotions.budgets import MarketBudget, PromotionBudget, ScopeShown
from fairground.promotions.rules.standing import PromotionState
from fairground.promotions.rules.terms import WHOLE_BPS, DiscountStep, PromotionKind
from fairground.sites.back_office.declaration_words import count_text
from fairground.sites.languages import catalogue_language, in_language
from fairground.sites.saving_words import saving_sentence

STATES: Mapping[str, Any] = {
    PromotionState.PLANNED: _("Planned"),
    PromotionState.OPEN: _("Open"),
    PromotionState.OVER: _("Over"),
    PromotionState.ENDED: _("Ended early"),
}
STEPS: Mapping[DiscountStep, Any] = {
    DiscountStep.MERCHANT_DISCOUNT: _("A merchant's discount"),
    DiscountStep.MERCHANT_COUPON: _("A merchant's coupon"),
    DiscountStep.CROSS_SHOP: _("Across shops"),
    DiscountStep.PLATFORM_COUPON: _("A coupon of the platform"),
    DiscountStep.SHIPPING: _("Shipping"),
}
KINDS: Mapping[PromotionKind, Any] = {
    PromotionKind.AMOUNT_OFF: _("An amount off"),
    PromotionKind.PERCENT_OFF: _("A percentage off"),
    PromotionKind.BUNDLE_FOR_PRICE: _("Several for a price"),
    PromotionKind.BUNDLE_FOR_FEWER: _("Several for the price of fewer"),
    PromotionKind.SHIPPING_OFF: _("Shipping off"),
}
FUNDERS: Mapping[str, Any] = {"platform": _("the platform"), "merchants": _("merchants")}
# What `declaring.DECLARATION_WRONG` means to whoever fills the form, and the field beside which it is said.
WHY: Mapping[str, tuple[str, Any]] = {
    "times": ("closes_at", _("It has to close after it opens, and after its coupons can be collected.")),
    "names": ("name_en", _("It has a name in some language.")),
    "step": ("step", _("A merchant's promotion names its merchant, and only the platform's has none.")),
    "share": ("merchant_percent", _("Merchants pay from 0 to 100 per cent of it.")),
    "kind": ("kind", _("This kind asks for other facts: a percentage, or the units of a bundle.")),
    "terms": ("kind", _("An amount does not fit the kind. What repeats takes off less than its threshold.")),
    "limits": ("shopper_uses_max", _("A limit is above zero and within reason.")),
    "scope": ("categories", _("Something that it is for is not there, or there is too much of it.")),
}
# As many SKUs are named as somebody would read.
_SKUS_NAMED = 10
# From here on a bar is marked: so little is left that somebody should look.
_SHORT_PERMILLE = 900


@dataclass(frozen=True, slots=True)
class Bar:
    """How much of a bound is taken: what of, in words, and in thousandths; `is_moving` once anything is."""

    label: str
    text: str
    permille: int
    is_moving: bool

    @property
    def is_short(self) -> bool:
        """Return whether little is left."""
        return self.permille >= _SHORT_PERMILLE


def amount_text(amount_minor: int, currency: str) -> str:
    """Return an amount with its thousands apart, all decimals of its currency, and the currency."""
    digits = minor_digits(currency)
    return f"{number_format(Decimal(amount_minor).scaleb(-digits), digits, force_grouping=True)} {currency}"


def figure_text(amount_minor: int, currency: str) -> str:
    """Return an amount as `amount_text` does, without the currency: for a table of one, which its heading names."""
    return amount_text(amount_minor, currency).removesuffix(f" {currency}")


def bar(*, label: str, taken: int, most: int, currency: str = "") -> Bar:
    """Return a bar of money in a currency, or of a count."""
    words = gettext("%(taken)s of %(most)s")
    if currency:
        said = {
            "taken": amount_text(taken, currency).removesuffix(f" {currency}"),
            "most": amount_text(most, currency),
        }
    else:
        said = {"taken": count_text(taken), "most": count_text(most)}
    return Bar(label, words % said, taken * 1000 // most, taken > 0)


def market_bars(one: MarketBudget) -> dict[str, Bar]:
    """Return the bars of a promotion in a market by what they count: only what is bounded has one."""
    bars = {}
    if one.budget_minor is not None:
        bars["given"] = bar(label=gettext("given"), taken=one.given_minor, most=one.budget_minor, currency=one.currency)
    if one.uses_max is not None:
        bars["uses"] = bar(label=gettext("purchases"), taken=one.uses, most=one.uses_max)
    if one.coupons_max is not None:
        bars["coupons"] = bar(label=gettext("coupons collected"), taken=one.coupons, most=one.coupons_max)
    return bars


def name_text(names: Mapping[str, str]) -> str:
    """Return a name in the reader's language, else in any."""
    return in_language(names, catalogue_language()) or ""


def rate_text(bps: int) -> str:
    """Return basis points as a percentage that no line breaks: 12.5 %."""
    return f"{number_format((Decimal(bps) / 100).normalize(), use_l10n=True)}\N{NO-BREAK SPACE}%"


def market_text(one: MarketBudget) -> str:
    """Return what a promotion takes off in a market: 10 % off, at most 20.00 EUR, from 50.00 EUR."""
    of = one.promotion
    return saving_sentence(of) % {
        "amount": amount_text(of.off_minor, one.currency),
        "threshold": amount_text(of.threshold_minor, one.currency),
        "ceiling": amount_text(of.ceiling_minor, one.currency),
        "rate": rate_text(of.percent_bps),
        "units": count_text(of.bundle_units),
        "paid": count_text(of.bundle_paid_units),
        "price": amount_text(of.bundle_minor, one.currency),
    }


def told(one: PromotionBudget, scope: ScopeShown) -> list[str]:
    """Return what a promotion does beside what it takes off: for what, when, for whom, and who pays."""
    sentences = [_for_what(one, scope)]
    if one.excludes_deals:
        sentences.append(gettext("Goods at a festival price are left out."))
    sentences.append(_how_often(one))
    if one.needs_coupon and one.collects_from:
        moment = date_format(one.collects_from, "DATETIME_FORMAT")
        words = gettext("It needs its coupon, which can be collected from %(moment)s UTC until it closes.")
        sentences.append(words % {"moment": moment})
    else:
        sentences.append(gettext("It applies by itself; nobody has to do anything for it."))
    return [*sentences, who_pays(one)]


def _for_what(one: PromotionBudget, scope: ScopeShown) -> str:
    things = list(_things(scope))
    if not things:
        if one.merchant is None:
            return gettext("It is for everything that is sold.")
        return gettext("It is for everything at %(shop)s.") % {"shop": one.merchant[1]}
    words = gettext("It is for: %(things)s.")
    if one.merchant is not None:
        words = gettext("At %(shop)s it is for: %(things)s.")
    return words % {"shop": one.merchant[1] if one.merchant else "", "things": "; ".join(things)}


def _things(scope: ScopeShown) -> Iterable[str]:
    for words, names in (
        (gettext("what these merchants sell: %(names)s"), scope.merchants),
        (gettext("deals of these halls: %(names)s"), tuple(map(name_text, scope.halls))),
        (gettext("these categories: %(names)s"), tuple(map(name_text, scope.categories))),
    ):
        if names:
            yield words % {"names": ", ".join(names)}
    if scope.sku_ids:
        count = len(scope.sku_ids)
        words = ngettext("%(count)s SKU: %(names)s", "%(count)s SKUs: %(names)s", count)
        numbers = ", ".join(map(str, scope.sku_ids[:_SKUS_NAMED])) + (" …" if count > _SKUS_NAMED else "")
        yield words % {"count": count_text(count), "names": numbers}


def _how_often(one: PromotionBudget) -> str:
    most = one.shopper_uses_max
    if one.needs_coupon:
        return gettext("A coupon counts once; everybody can collect one.")
    if not most:
        return gettext("A shopper gets it with every purchase.")
    words = ngettext(
        "A shopper gets it with %(count)s purchase.", "A shopper gets it with at most %(count)s purchases.", most
    )
    return words % {"count": count_text(most)}


def who_pays(one: PromotionBudget) -> str:
    """Return who funds it."""
    if one.merchant_bps == 0:
        return gettext("The platform pays for it.")
    if one.merchant_bps == WHOLE_BPS:
        return gettext("The merchants of the goods pay for it.")
    shares = {"merchants": rate_text(one.merchant_bps), "platform": rate_text(WHOLE_BPS - one.merchant_bps)}
    return gettext("The merchants of the goods pay %(merchants)s of it, the platform %(platform)s.") % shares
