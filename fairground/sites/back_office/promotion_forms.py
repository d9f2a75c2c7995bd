"""The form that makes a promotion: read as the command reads its file, with what is wrong said beside its field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.catalog.queries import category_names, merchants_of_skus
from fairground.festivals.queries import hall_ids
from fairground.kernel.ids import parse_id
from fairground.merchants.queries import merchants_named
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord, ScopeNames, declaration_wrong
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from fairground.sites.back_office.fields import bps_of, form_key_field, name_fields, names_from
from fairground.sites.back_office.promotion_fields import (
    ALLOWED,
    AMOUNTS,
    COUNTS,
    NEEDED,
    is_filled,
    market_fields,
    market_terms,
    what_fields,
    when_fields,
    whose_fields,
)
from fairground.sites.back_office.promotion_words import WHY

_NAME_LENGTH_MAX = 120
_COUPONS = (DiscountStep.MERCHANT_COUPON, DiscountStep.PLATFORM_COUPON)
_OF_MERCHANTS = (DiscountStep.MERCHANT_DISCOUNT, DiscountStep.MERCHANT_COUPON)
_WITH_PERCENT = (PromotionKind.PERCENT_OFF, PromotionKind.SHIPPING_OFF)
_BUNDLES = (PromotionKind.BUNDLE_FOR_PRICE, PromotionKind.BUNDLE_FOR_FEWER)
_NEEDED = _("It can't do without this.")
_NOT_READ = _("What it takes off has no use for this. Leave it empty.")


@dataclass(frozen=True, slots=True)
class MarketRow:
    """A market's row in the form: whether it is there, then a field a column."""

    market: str
    currency: str
    box: forms.BoundField
    cells: Sequence[forms.BoundField]


class PromotionForm(forms.Form):
    """A promotion before it exists. `record` is what was read once the form is valid."""

    form_key = form_key_field()

    def __init__(self, data: Any = None, *, currencies: Mapping[str, str], now: datetime) -> None:
        super().__init__(data)
        self._now = now
        self.record: PromotionRecord | None = None
        self._currencies = currencies
        self._groups = {"what": what_fields(), "whose": whose_fields(), "when": when_fields()}
        self._names = name_fields(names={}, prefix="name", length_max=_NAME_LENGTH_MAX)
        for field in self._names.values():
            field.widget.attrs.pop("class", None)
        for fields in (*self._groups.values(), self._names, market_fields(currencies)):
            self.fields.update(fields)

    def groups(self) -> Iterable[tuple[str, str, list[forms.BoundField]]]:
        """Yield the fields by group, but those of markets: a name for addresses, what it is called, its fields."""
        titles = {
            "what": gettext("What it takes off"),
            "whose": gettext("Whose it is, and for what"),
            "when": gettext("When, and how often"),
        }
        yield "name", gettext("Name"), [self[name] for name in self._names]
        for key, title in titles.items():
            yield key, title, [self[name] for name in self._groups[key]]

    def columns(self) -> list[str]:
        """Return what the columns of the markets' table are called."""
        return [str(words) for words in (*AMOUNTS.values(), *COUNTS.values())]

    def rows(self) -> list[MarketRow]:
        """Return the markets' rows."""
        return [
            MarketRow(
                market, currency, self[f"in_{market}"], [self[f"{column}_{market}"] for column in (*AMOUNTS, *COUNTS)]
            )
            for market, currency in self._currencies.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Read the promotion, and say each mistake beside its field."""
        # What is said to be wrong is taken out of what was typed, so it is read from a copy.
        data = dict(super().clean() or {})
        if not names_from(data, prefix="name"):
            self.say("names")
        if self.errors:
            return data
        step, kind = DiscountStep[data["step"].upper()], PromotionKind[data["kind"].upper()]
        needs_coupon = step in _COUPONS or (step is DiscountStep.SHIPPING and data["needs_coupon"])
        terms = self._terms(data, kind, needs_coupon=needs_coupon)
        self._check(data, step, kind, needs_coupon=needs_coupon)
        merchant_id = self._merchant_id(data["merchant"])
        scope = self._scope(data, merchant_id)
        if self.errors:
            return self.cleaned_data
        record = PromotionRecord(
            step=step,
            kind=kind,
            names=names_from(data, prefix="name"),
            opens_at=_in_utc(data["opens_at"]),
            closes_at=_in_utc(data["closes_at"]),
            terms=terms,
            merchant_id=merchant_id,
            scope=scope,
            excludes_deals=data["excludes_deals"],
            repeats=data["repeats"],
            percent_bps=bps_of(data["percent"]),
            bundle_units=data["bundle_units"] or 0,
            bundle_paid_units=data["bundle_paid_units"] or 0,
            merchant_bps=bps_of(data["merchant_percent"]),
            needs_coupon=needs_coupon,
            collects_from=_in_utc(data["collects_from"]) if data["collects_from"] else None,
            shopper_uses_max=data["shopper_uses_max"] or 0,
        )
        wrong = declaration_wrong(record)
        if wrong:
            self.say(wrong)
        else:
            self.record = record
        return self.cleaned_data

    def say(self, wrong: str) -> None:
        """Say one of `DECLARATION_WRONG` beside the field that it is about most."""
        self.add_error(*WHY[wrong])

    def _check(self, data: dict[str, Any], step: DiscountStep, kind: PromotionKind, *, needs_coupon: bool) -> None:
        """Say what the step and the kind lack, and what they have no use for."""
        if (kind is PromotionKind.SHIPPING_OFF) != (step is DiscountStep.SHIPPING):
            self.add_error("kind", _("Shipping takes off shipping, and the other steps take off goods."))
        for name, reads in (
            ("percent", kind in _WITH_PERCENT),
            ("bundle_units", kind in _BUNDLES),
            ("bundle_paid_units", kind is PromotionKind.BUNDLE_FOR_FEWER),
        ):
            if bool(data[name]) != reads:
                self.add_error(name, _NEEDED if reads else _NOT_READ)
        units, paid_units = data["bundle_units"], data["bundle_paid_units"]
        if kind is PromotionKind.BUNDLE_FOR_FEWER and units and paid_units and paid_units >= units:
            self.add_error("bundle_paid_units", _("Fewer are paid than the bundle has."))
        if _in_utc(data["closes_at"]) <= self._now:
            self.add_error("closes_at", _("It has to close in the future."))
        if data["repeats"] and kind is not PromotionKind.AMOUNT_OFF:
            self.add_error("repeats", _NOT_READ)
        if data["collects_from"] and not needs_coupon:
            self.add_error("collects_from", _("There is no coupon to collect: this step applies by itself."))
        if data["needs_coupon"] and step is not DiscountStep.SHIPPING:
            self.add_error("needs_coupon", _("Only of shipping is this asked: the other steps have a coupon, or none."))
        if bool(data["merchant"]) != (step in _OF_MERCHANTS) and step is not DiscountStep.SHIPPING:
            self.add_error("merchant", _NEEDED if step in _OF_MERCHANTS else _("This step is the platform's."))

    def _terms(self, data: dict[str, Any], kind: PromotionKind, *, needs_coupon: bool) -> dict[str, MarketTerms]:
        """Return the terms of the markets about which something is said; say what is wrong with an amount beside it."""
        terms = {}
        for market in self._currencies:
            if not is_filled(data, market):
                continue
            for column in AMOUNTS:
                if data[f"{column}_{market}"] and column not in ALLOWED[kind]:
                    self.add_error(f"{column}_{market}", _NOT_READ)
                elif not data[f"{column}_{market}"] and column in NEEDED.get(kind, ()):
                    self.add_error(f"{column}_{market}", _NEEDED)
            if data[f"coupons_{market}"] and not needs_coupon:
                self.add_error(f"coupons_{market}", _("There are no coupons: this step applies by itself."))
            off_minor, threshold_minor = data[f"off_{market}"] or 0, data[f"threshold_{market}"] or 0
            if data["repeats"] and off_minor >= threshold_minor and kind is PromotionKind.AMOUNT_OFF:
                self.add_error(f"off_{market}", _("What repeats takes off less than its threshold."))
            terms[market] = market_terms(data, market)
        if not terms:
            self.add_error(None, _("Name a market at least: tick it, or write an amount in its row."))
        return terms

    def _merchant_id(self, slug: str) -> int | None:
        found = merchants_named(slugs=[slug], ids=()) if slug else []
        if slug and not found:
            self.add_error("merchant", _("There is no merchant with this slug."))
        return found[0].id if found else None

    def _scope(self, data: dict[str, Any], merchant_id: int | None) -> ScopeNames:
        slugs, halls, categories, skus = (_words(data[name]) for name in ("merchants", "halls", "categories", "skus"))
        merchants = {one.slug: one.id for one in merchants_named(slugs=slugs, ids=())} if slugs else {}
        known = hall_ids(slugs=halls) if halls else {}
        numbers = {text: parse_id(text) for text in skus}
        sellers = merchants_of_skus(sku_ids=[number for number in numbers.values() if number is not None])
        shelves = category_names(codes=categories) if categories else {}
        for name, missing in (
            ("merchants", [one for one in slugs if one not in merchants]),
            ("halls", [one for one in halls if one not in known]),
            ("categories", [one for one in categories if one not in shelves]),
            ("skus", [text for text, number in numbers.items() if number not in sellers]),
        ):
            if missing:
                self.add_error(name, gettext("There is none called %(names)s.") % {"names": ", ".join(missing)})
        others = [text for text, number in numbers.items() if sellers.get(number or 0, merchant_id) != merchant_id]
        if others and merchant_id is not None:
            words = gettext("Another merchant sells %(names)s.")
            self.add_error("skus", words % {"names": ", ".join(others)})
        return ScopeNames(
            merchant_ids=tuple(merchants[one] for one in slugs if one in merchants),
            hall_ids=tuple(hall_id for one in halls for hall_id in known.get(one, ())),
            categories=tuple(categories),
            sku_ids=tuple(number for number in numbers.values() if number is not None),
        )


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(text.replace(",", " ").split()))


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
