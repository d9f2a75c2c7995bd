"""Merchants, festivals and their deals."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.catalog.rules import DESCRIPTION_LENGTH_MAX
from fairground.dashboard.queries import current_festival
from fairground.festivals.actions import edit_festival
from fairground.festivals.models import Deal, DealPrice, Festival
from fairground.festivals.rules import Period, times_wrong
from fairground.inventory.deal_edits import edit_deal
from fairground.inventory.models import Stock
from fairground.inventory.queries import deals_short, units_of_skus
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import LANES, parse_id
from fairground.kernel.money import decimal_text
from fairground.merchants.actions import edit_merchant
from fairground.merchants.models import Merchant
from fairground.sites.back_office.fields import MoneyField, name_fields, names_from
from fairground.sites.back_office.goods import found_products, title_of
from fairground.sites.back_office.tables import OfficeTable, described, fact
from fairground.sites.back_office.words import TIMES, by_request
from fairground.sites.languages import catalogue_language, in_language

# Deals without stock that a list shows, and the overview counts.
SHORT_MAX = 1_000
_NAME_LENGTH_MAX = 120


class MerchantTable(OfficeTable):
    """Merchants: name, words about them, and the commission of orders to come."""

    title = _("Merchants")
    subject = "merchant"
    list_display: ClassVar = (
        fact("name", _("name")),
        fact("slug", _("slug")),
        fact("kind", _("kind")),
        fact("country", _("country")),
        fact("currency", _("currency")),
        fact("commission_bps", _("commission, basis points")),
    )
    search_fields: ClassVar = ("=slug", "name__istartswith")
    search_help_text = _("How the name begins, or the slug")
    readonly_fields: ClassVar = (*list_display[1:5], "goes_to", "described_as")
    labels: ClassVar = {"name": _("Name"), "commission_bps": _("Commission, basis points")}

    def get_fieldsets(self, request: HttpRequest, obj: Merchant | None = None) -> Sequence[Any]:
        """Return words about the merchant by language where somebody may write, else to read."""
        facts = (*self.list_display[1:5], "goes_to")
        if obj is None or not self.has_change_permission(request, obj):
            return [(None, {"fields": (self.list_display[0], *facts, self.list_display[5], "described_as")})]
        note = gettext("In basis points: 500 is 5 %. Orders that were placed keep theirs.")
        return [
            (None, {"fields": ("name", *facts)}),
            (gettext("Commission"), {"fields": ("commission_bps",), "description": note}),
            (gettext("About"), {"fields": tuple(self._fields(obj))}),
        ]

    def get_form(self, request: HttpRequest, obj: Merchant | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return a form with words about the merchant by language."""
        if obj is not None and self.has_change_permission(request, obj):
            kwargs["form"] = type("MerchantForm", (forms.ModelForm,), self._fields(obj))
        return super().get_form(request, obj, change=change, **kwargs)

    def write(self, request: HttpRequest, obj: Merchant, form: Any) -> None:
        """Write what the form says."""
        data = form.cleaned_data
        edit_merchant(
            merchant_id=obj.pk,
            name=data["name"],
            about=names_from(data, prefix="about"),
            commission_bps=data["commission_bps"],
            by=by_request(request),
        )

    def _fields(self, obj: Merchant) -> dict[str, Any]:
        return name_fields(names=obj.about, prefix="about", length_max=DESCRIPTION_LENGTH_MAX, lines=True)

    @described(_("leads to"))
    def goes_to(self, obj: Merchant) -> str:
        """Return the ways to the merchant's products, purchases and shop."""
        products = f"{reverse('admin:catalog_product_changelist')}?merchant__id__exact={obj.pk}"
        purchases = f"{reverse('admin:purchases')}?merchant={obj.slug}"
        ways = [
            (products, gettext("Products")),
            (purchases, gettext("Purchases")),
            (reverse("shop", args=[obj.slug]), gettext("Shop")),
            (reverse("admin:shipping-rates", args=[obj.pk]), gettext("Shipping")),
            (reverse("admin:merchant-terms", args=[obj.pk]), gettext("Settlement")),
            (reverse("admin:places", args=[obj.pk]), gettext("Places")),
            (reverse("admin:legal-identity", args=[obj.pk]), gettext("Legal identity")),
            (reverse("admin:merchant-contact", args=[obj.pk]), gettext("Contact")),
        ]
        return format_html_join(" · ", '<a class="office-link" href="{}">{}</a>', ways)

    @described(_("about"))
    def described_as(self, obj: Merchant) -> str:
        """Return the words about the merchant, for who only reads."""
        return format_html_join("", "<p dir=auto>{}: {}</p>", sorted(obj.about.items())) or "-"


class FestivalForm(forms.ModelForm):  # type: ignore[type-arg]
    """A festival's names and times; the times' rules are the action's, and said here beside the field."""

    def clean(self) -> dict[str, Any]:
        """Say what is wrong with the times before anything is tried."""
        data = super().clean() or {}
        if {"opens_at", "closes_at"} <= data.keys():
            was = Period(self.initial["opens_at"], self.initial["closes_at"])
            wanted = Period(data["opens_at"], data["closes_at"])
            wrong = times_wrong(was=was, wanted=wanted, now=datetime.now(UTC)) if wanted != was else None
            if wrong:
                self.add_error("closes_at" if wrong == "order" else "opens_at", TIMES[wrong])
        if not names_from(data, prefix="name"):
            self.add_error("name_en", gettext("A festival has a name in some language."))
        return data


class FestivalTable(OfficeTable):
    """Festivals: names, and until they open when they do."""

    title = _("Festivals")
    subject = "festival"
    list_display: ClassVar = (
        "named",
        fact("slug", _("slug")),
        fact("opens_at", _("opens (UTC)")),
        fact("closes_at", _("closes (UTC)")),
        fact("zone", _("home zone")),
        fact("currency", _("currency")),
    )
    ordering: ClassVar = ("-opens_at",)
    readonly_fields: ClassVar = (*list_display, "goes_to")
    labels: ClassVar = {"opens_at": _("Opens (UTC)"), "closes_at": _("Closes (UTC)")}

    def get_fieldsets(self, request: HttpRequest, obj: Festival | None = None) -> Sequence[Any]:
        """Return a name a language where somebody may write, else to read."""
        may_write = obj is not None and self.has_change_permission(request, obj)
        names = tuple(self._fields(obj)) if obj is not None and may_write else ("named",)
        _named, slug, opens, closes, zone, currency = self.list_display
        # Nobody moves what runs: its times are only read then.
        opened = obj is not None and obj.opens_at <= datetime.now(UTC)
        times = ("opens_at", "closes_at") if may_write and not opened else (opens, closes)
        note = gettext("In UTC. Phases and deals move with the opening; once it has opened, it stays where it is.")
        return [
            (None, {"fields": (slug, zone, currency, "goes_to")}),
            (gettext("Name"), {"fields": names}),
            (gettext("Times"), {"fields": times, "description": note}),
        ]

    def get_form(self, request: HttpRequest, obj: Festival | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return a form with a name a language."""
        if obj is not None and self.has_change_permission(request, obj):
            kwargs["form"] = type("NamedFestivalForm", (FestivalForm,), self._fields(obj))
        return super().get_form(request, obj, change=change, **kwargs)

    def write(self, request: HttpRequest, obj: Festival, form: Any) -> None:
        """Write what the form says; times that it did not ask for stay."""
        data = form.cleaned_data
        edit_festival(
            slug=obj.pk,
            name=names_from(data, prefix="name"),
            period=Period(data.get("opens_at", obj.opens_at), data.get("closes_at", obj.closes_at)),
            by=by_request(request),
        )

    def lanes(self, obj: Festival) -> Collection[int]:
        """Return all lanes: its deals are in any of them."""
        return range(LANES)

    def _fields(self, obj: Festival) -> dict[str, Any]:
        return name_fields(names=obj.name, prefix="name", length_max=_NAME_LENGTH_MAX)

    @described(_("name"))
    def named(self, obj: Festival) -> str:
        """Return the name in the reader's language."""
        return in_language(obj.name, catalogue_language()) or obj.slug

    @described(_("leads to"))
    def goes_to(self, obj: Festival) -> str:
        """Return the ways to its phases, to its deals, to who takes part, and to what guards their prices."""
        address = f"{reverse('admin:festivals_deal_changelist')}?festival__slug__exact={obj.slug}"
        ways = [
            (reverse("admin:phases", args=[obj.slug]), gettext("Phases")),
            (address, gettext("Deals")),
            (f"{reverse('admin:declarations')}?festival={obj.slug}", gettext("Declared deals")),
            (f"{reverse('admin:enrolments')}?festival={obj.slug}", gettext("Enrolments")),
            (reverse("admin:guard", args=[obj.slug]), gettext("Price guard")),
        ]
        return format_html_join(" · ", '<a class="office-link" href="{}">{}</a>', ways)


class DealTable(OfficeTable):
    """Deals: units, limit and prices until the freeze; afterwards what was promised stays."""

    title = _("Deals")
    subject = "deal"
    list_display: ClassVar = (
        "titled",
        fact("id", _("number")),
        fact("festival", _("festival")),
        fact("units", _("units")),
        fact("buyer_limit", _("limit a buyer")),
        fact("opens_at", _("opens (UTC)")),
        fact("closes_at", _("closes (UTC)")),
        "is_frozen",
    )
    search_fields: ClassVar = ("id",)
    search_help_text = _("Words of a title or description, a GTIN, a merchant's own id, or ours")
    readonly_fields: ClassVar = (*list_display[1:], "of_sku", "left", "priced")
    labels: ClassVar = {"units": _("Units"), "buyer_limit": _("Limit a buyer (0: none)")}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deal]:
        """Return deals with titles and the stock rows to which their units were moved.

        Not `Exists`: that may be answered by reading all stock once, which is more than a page of deals needs.
        """
        own = Stock.objects.filter(lane=OuterRef("lane"), sku_id=OuterRef("sku_id"), deal_id=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .select_related("sku", "festival")
            .annotate(shown_title=title_of("sku__product_id"), frozen=Subquery(own.values("id")[:1]))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Deal], search_term: str
    ) -> tuple[QuerySet[Deal], bool]:
        """Find the deals of the products that are found; by the word `:short` those that lack units."""
        asked = search_term.strip()
        if asked == ":short":
            return queryset.filter(pk__in=short_deals()), False
        deal_id = parse_id(asked)
        if deal_id is not None and queryset.filter(pk=deal_id).exists():
            return queryset.filter(pk=deal_id), False
        return (queryset.filter(sku__product_id__in=found_products(asked)) if asked else queryset), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether somebody may write this deal: nobody, once it is frozen or has opened."""
        fixed = obj is not None and (obj.frozen is not None or obj.opens_at <= datetime.now(UTC))
        return super().has_change_permission(request, obj) and not fixed

    def get_fieldsets(self, request: HttpRequest, obj: Deal | None = None) -> Sequence[Any]:
        """Return a price a market where somebody may write, else to read."""
        _titled, _id, festival, units, limit, opens, closes, frozen = self.list_display
        facts = ("of_sku", festival, opens, closes, frozen, "left")
        if obj is None or not self.has_change_permission(request, obj):
            return [(None, {"fields": (*facts, units, limit, "priced")})]
        note = gettext("What one unit costs in the deal; never more than usual.")
        return [
            (None, {"fields": (*facts, "units", "buyer_limit")}),
            (gettext("Prices"), {"fields": tuple(self._fields(obj)), "description": note}),
        ]

    def get_form(self, request: HttpRequest, obj: Deal | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return a form with a price a market."""
        if obj is not None and self.has_change_permission(request, obj):
            kwargs["form"] = type("DealForm", (forms.ModelForm,), self._fields(obj))
        return super().get_form(request, obj, change=change, **kwargs)

    def write(self, request: HttpRequest, obj: Deal, form: Any) -> None:
        """Write what the form says."""
        data = form.cleaned_data
        changed = [name for name in form.changed_data if name.startswith("price_")]
        edit_deal(
            deal_id=obj.pk,
            units=data["units"],
            buyer_limit=data["buyer_limit"],
            prices_minor={name.partition("_")[2]: data[name] for name in changed},
            by=by_request(request),
        )

    def _prices(self, obj: Any) -> list[DealPrice]:
        if not hasattr(obj, "_prices_read"):
            obj._prices_read = list(DealPrice.objects.filter(deal_id=obj.pk).order_by("market_id"))
        return obj._prices_read

    def _fields(self, obj: Deal) -> dict[str, Any]:
        fields = {
            f"price_{one.market_id}": MoneyField(
                currency=one.currency, amount_minor=one.price_minor, label=f"{one.market_id}, {one.currency}"
            )
            for one in self._prices(obj)
        }
        for one in self._prices(obj):
            fields[f"price_{one.market_id}"].help_text = _own_times(one)
        return fields

    @described(_("title"))
    def titled(self, obj: Any) -> str:
        """Return the product's title."""
        return obj.shown_title or str(obj.sku_id)

    @described(_("SKU"))
    def of_sku(self, obj: Any) -> str:
        """Return the SKU, with the way there."""
        address = reverse("admin:catalog_sku_change", args=[obj.sku_id])
        return format_html('<a class="office-link" href="{}"><bdi>{}</bdi></a>', address, obj.shown_title or obj.sku_id)

    @described(_("units set aside"), boolean=True)
    def is_frozen(self, obj: Any) -> bool:
        """Return whether its units lie in a stock row of their own."""
        return obj.frozen is not None

    @described(_("units of the SKU"))
    def left(self, obj: Deal) -> str:
        """Return how many units of the SKU are left, without deals and in them."""
        units, deals = units_of_skus(sku_ids=[obj.sku_id]).get(obj.sku_id, (0, 0))
        return gettext("%(units)s free, %(deals)s in deals") % {"units": units, "deals": deals}

    @described(_("prices"))
    def priced(self, obj: Deal) -> str:
        """Return the prices by market, for who only reads."""
        rows = [
            (one.market_id, decimal_text(one.price_minor, one.currency), one.currency, _own_times(one))
            for one in self._prices(obj)
        ]
        return format_html_join("", "<div>{}: {} {} {}</div>", rows) or "-"


def _own_times(price: DealPrice) -> str:
    """Return when a deal opens and closes in a market that has a sale of its own; empty where it has none."""
    if price.opens_at is None or price.closes_at is None:
        return ""
    times = {"opens": f"{price.opens_at:%Y-%m-%d %H:%M}", "closes": f"{price.closes_at:%Y-%m-%d %H:%M}"}
    return gettext("opens %(opens)s, closes %(closes)s (UTC)") % times


def short_deals() -> list[int]:
    """Return deals of the current festival that promise more units than there are, at most `SHORT_MAX`."""
    festival = current_festival(now_ms=to_unix_ms(datetime.now(UTC)))
    return deals_short(festival=festival.slug, deals_max=SHORT_MAX) if festival else []
