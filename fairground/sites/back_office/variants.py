"""SKUs: the variants of products, each with its prices."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.catalog.actions.edits import edit_sku
from fairground.catalog.models import Price, Sku
from fairground.inventory.queries import units_of_skus
from fairground.kernel.money import decimal_text
from fairground.markets.queries import market_currencies
from fairground.sites.back_office.fields import MoneyField
from fairground.sites.back_office.goods import found_products, title_of
from fairground.sites.back_office.tables import OfficeTable, described, fact
from fairground.sites.back_office.words import by_request


class SkuTable(OfficeTable):
    """SKUs: whether one is on sale, and its usual price in each market."""

    title = _("SKU")
    subject = "sku"
    list_display: ClassVar = (
        "titled",
        fact("id", _("number")),
        fact("external_id", _("merchant's id")),
        fact("gtin", _("GTIN")),
        fact("merchant", _("merchant")),
        fact("on_sale", _("on sale"), boolean=True),
    )
    list_select_related: ClassVar = ("merchant",)
    search_fields: ClassVar = ("id",)
    search_help_text = _("Words of a title or description, a GTIN, a merchant's own id, or ours")
    readonly_fields: ClassVar = ("of_product", "codes", "optioned", "left", "priced", "sold")
    labels: ClassVar = {"on_sale": _("On sale")}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sku]:
        """Return SKUs with their products' titles."""
        return super().get_queryset(request).annotate(shown_title=title_of("product_id"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Sku], search_term: str
    ) -> tuple[QuerySet[Sku], bool]:
        """Find the SKUs of the products that are found."""
        wanted = search_term.strip()
        return (queryset.filter(product_id__in=found_products(wanted)) if wanted else queryset), False

    def get_fieldsets(self, request: HttpRequest, obj: Sku | None = None) -> Sequence[Any]:
        """Return a field a market where somebody may write, else all prices to read."""
        facts = ("of_product", "codes", "optioned", "left")
        if obj is None or not self.has_change_permission(request, obj):
            return [(None, {"fields": (*facts, "sold", "priced")})]
        prices = tuple(f"price_{market}" for market in market_currencies())
        note = gettext("The usual price of one unit. Orders that were placed keep theirs.")
        return [
            (None, {"fields": (*facts, "on_sale")}),
            (gettext("Prices"), {"fields": prices, "description": note}),
        ]

    def get_form(self, request: HttpRequest, obj: Sku | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return a form with a price a market."""
        if obj is not None and self.has_change_permission(request, obj):
            there = dict(Price.objects.filter(sku_id=obj.pk).values_list("market_id", "price_minor"))
            fields = {
                f"price_{market}": MoneyField(
                    currency=currency, amount_minor=there.get(market), label=f"{market}, {currency}"
                )
                for market, currency in market_currencies().items()
            }
            kwargs["form"] = type("SkuForm", (forms.ModelForm,), fields)
        return super().get_form(request, obj, change=change, **kwargs)

    def write(self, request: HttpRequest, obj: Sku, form: Any) -> None:
        """Write what was changed."""
        changed, data = set(form.changed_data), form.cleaned_data
        prices = {name.partition("_")[2]: data[name] for name in changed if name.startswith("price_")}
        edit_sku(
            sku_id=obj.pk,
            by=by_request(request),
            on_sale=data["on_sale"] if "on_sale" in changed else None,
            prices_minor={market: price_minor for market, price_minor in prices.items() if price_minor is not None},
        )

    @described(_("title"))
    def titled(self, obj: Any) -> str:
        """Return the product's title."""
        return obj.shown_title or obj.external_id

    @described(_("product"))
    def of_product(self, obj: Any) -> str:
        """Return the product, with the way there."""
        address = reverse("admin:catalog_product_change", args=[obj.product_id])
        return format_html(
            '<a class="office-link" href="{}"><bdi>{}</bdi></a>', address, obj.shown_title or obj.product_id
        )

    @described(_("codes"))
    def codes(self, obj: Sku) -> str:
        """Return the merchant's own id, the GTIN and the customs code."""
        rows = [(gettext("merchant's id"), obj.external_id), ("GTIN", obj.gtin or "-"), ("HS", obj.hs_code or "-")]
        return format_html_join("", "<div>{}: <bdi>{}</bdi></div>", rows)

    @described(_("options"))
    def optioned(self, obj: Sku) -> str:
        """Return what tells it from the other variants."""
        return format_html_join("", "<div><bdi>{}</bdi>: <bdi>{}</bdi></div>", sorted(obj.options.items())) or "-"

    @described(_("units"))
    def left(self, obj: Sku) -> str:
        """Return how many units are left, without deals and in them."""
        units, deals = units_of_skus(sku_ids=[obj.pk]).get(obj.pk, (0, 0))
        return gettext("%(units)s free, %(deals)s in deals") % {"units": units, "deals": deals}

    @described(_("on sale"), boolean=True)
    def sold(self, obj: Sku) -> bool:
        """Return whether it is on sale, for who only reads."""
        return obj.on_sale

    @described(_("prices"))
    def priced(self, obj: Sku) -> str:
        """Return the prices by market, for who only reads."""
        prices = Price.objects.filter(sku_id=obj.pk).order_by("market_id")
        rows = [(one.market_id, decimal_text(one.price_minor, one.currency), one.currency) for one in prices]
        return format_html_join("", "<div>{}: {} {}</div>", rows) or "-"
