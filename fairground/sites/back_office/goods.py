"""Products, brands and categories."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fairground.catalog.actions.edits import edit_product, set_on_sale
from fairground.catalog.models import Product, ProductText, Sku
from fairground.catalog.queries import product_pictures, products_by_code
from fairground.catalog.rules import DESCRIPTION_LENGTH_MAX, TITLE_LENGTH_MAX, VARIANTS_MAX
from fairground.catalog.rules import ProductText as Words
from fairground.inventory.queries import units_of_skus
from fairground.kernel.refusal import Refusal
from fairground.search.actions import index_products
from fairground.search.queries import products_with_words
from fairground.sites.back_office.fields import language_text, languages_of, words_field
from fairground.sites.back_office.site import show_page
from fairground.sites.back_office.tables import ROWS_A_PAGE, OfficeTable, described, fact
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.languages import catalogue_language

# What a search of the back office finds; who finds more says more.
FOUND_MAX = 1_000


def title_of(product_id: str) -> Subquery:
    """Return the title of the product that a query calls `product_id`: in the reader's language, in English, in any."""
    first = Case(
        When(language=catalogue_language(), then=Value(0)),
        When(language="en", then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    texts = ProductText.objects.filter(product_id=OuterRef(product_id)).order_by(first, "language")
    return Subquery(texts.values("title")[:1])


def found_products(words: str) -> list[int]:
    """Return the products that somebody looks for by an id, a code, a GTIN or words."""
    asked = words.strip()
    by_code = products_by_code(code=asked, products_max=FOUND_MAX)
    return by_code or products_with_words(words=asked, language=catalogue_language(), products_max=FOUND_MAX)


class ProductTable(OfficeTable):
    """Products: words by language, brand and category are edited; SKUs have pages of their own."""

    title = _("Products")
    subject = "product"
    search_fields: ClassVar = ("id",)
    search_help_text = _("Words of a title or description, a GTIN, a merchant's own id, or ours")
    list_display: ClassVar = (
        "titled",
        fact("id", _("number")),
        fact("external_id", _("merchant's id")),
        fact("merchant", _("merchant")),
        fact("brand", _("brand")),
        fact("category", _("category")),
        "sold",
    )
    list_select_related: ClassVar = ("merchant", "brand", "category")
    autocomplete_fields: ClassVar = ("brand", "category")
    readonly_fields: ClassVar = ("sold_by", "called", "pictured", "stated", "variants", "worded")
    labels: ClassVar = {"brand": _("Brand"), "category": _("Category")}
    actions: ClassVar = ("put_on_sale", "take_off_sale")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """Return products with a title, and how many of their SKUs are on sale."""
        skus = Sku.objects.filter(product_id=OuterRef("pk")).order_by().values("product_id")
        counted = skus.annotate(all=Count("pk"), sold=Count("pk", filter=Q(on_sale=True)))
        return (
            super()
            .get_queryset(request)
            .annotate(
                shown_title=title_of("pk"),
                sku_count=Subquery(counted.values("all")),
                sold_count=Subquery(counted.values("sold")),
            )
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        """Find products as shoppers do, by the search's index, and by exact codes; never by reading all titles."""
        return (queryset.filter(pk__in=found_products(search_term)) if search_term.strip() else queryset), False

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Sequence[Any]:
        """Return a tab a language where somebody may write, else all words to read."""
        facts: tuple[Any, Any] = (None, {"fields": ("sold_by", "called", "brand", "category", "stated", "variants")})
        if obj is None or not self.has_change_permission(request, obj):
            return [facts, (gettext("Texts"), {"fields": ("worded",)})]
        facts = (None, {"fields": ("sold_by", "called", "pictured", "brand", "category", "stated", "variants")})
        tabs = [
            (language_text(language), {"fields": (f"title_{language}", f"description_{language}"), "classes": ["tab"]})
            for language in languages_of(self._texts(obj))
        ]
        return [facts, *tabs]

    def get_form(self, request: HttpRequest, obj: Product | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return a form with a title and a description a language."""
        if obj is not None and self.has_change_permission(request, obj):
            kwargs["form"] = type("ProductForm", (ProductForm,), _text_fields(self._texts(obj)))
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let a product be without a brand or a category."""
        return super().formfield_for_foreignkey(db_field, request, **{**kwargs, "required": False})

    def write(self, request: HttpRequest, obj: Product, form: Any) -> None:
        """Write what was changed, and let it be found by its new words once that is committed."""
        changed, data = set(form.changed_data), form.cleaned_data
        languages = {name.partition("_")[2] for name in changed if name.startswith(("title_", "description_"))}
        edit_product(
            product_id=obj.pk,
            by=by_request(request),
            texts={one: Words(data[f"title_{one}"], data[f"description_{one}"]) for one in languages},
            brand=(obj.brand_id or "") if "brand" in changed else None,
            category=(obj.category_id or "") if "category" in changed else None,
        )
        transaction.on_commit(lambda: index_products([obj.pk]))

    @described(_("title"))
    def titled(self, obj: Any) -> str:
        """Return the title."""
        return obj.shown_title or obj.external_id

    @described(_("SKUs on sale"))
    def sold(self, obj: Any) -> str:
        """Return how many of its SKUs are on sale."""
        return f"{obj.sold_count or 0} / {obj.sku_count or 0}"

    @described(_("merchant"))
    def sold_by(self, obj: Product) -> str:
        """Return the merchant, with the way there."""
        return format_html(
            '<a class="office-link" href="{}">{}</a>',
            reverse("admin:merchants_merchant_change", args=[obj.merchant_id]),
            obj.merchant.name,
        )

    @described(_("merchant's id"))
    def called(self, obj: Product) -> str:
        """Return by what the merchant's imports find it."""
        return obj.external_id

    @described(_("pictures"))
    def pictured(self, obj: Product) -> str:
        """Return how many pictures there are, with the way to them."""
        shown = len(product_pictures(product_id=obj.pk))
        words = ngettext("%(n)s picture", "%(n)s pictures", shown) % {"n": shown} if shown else gettext("Add pictures")
        address = reverse("admin:pictures", args=[obj.pk])
        return format_html('<a class="office-link" href="{}">{}</a>', address, words)

    @described(_("attributes"))
    def stated(self, obj: Product) -> str:
        """Return the facts that the merchant states."""
        return format_html_join("", "<div><bdi>{}</bdi>: <bdi>{}</bdi></div>", sorted(obj.attributes.items())) or "-"

    @described(_("SKUs"))
    def variants(self, obj: Product) -> str:
        """Return the SKUs with the way to each, what of them is left and whether they are on sale."""
        skus = list(Sku.objects.filter(product_id=obj.pk).order_by("id")[:VARIANTS_MAX])
        units = units_of_skus(sku_ids=[sku.pk for sku in skus])
        rows = [
            (
                reverse("admin:catalog_sku_change", args=[sku.pk]),
                sku.external_id,
                ", ".join(map(str, sku.options.values())),
                gettext("%(units)s free, %(deals)s in deals")
                % dict(zip(("units", "deals"), units.get(sku.pk, (0, 0)), strict=True)),
                "" if sku.on_sale else gettext("off sale"),
            )
            for sku in skus
        ]
        return (
            format_html_join("", '<div><a class="office-link" href="{}"><bdi>{}</bdi></a> {} · {} {}</div>', rows)
            or "-"
        )

    @described(_("texts"))
    def worded(self, obj: Product) -> str:
        """Return all words, for who only reads."""
        texts = sorted(self._texts(obj).items())
        rows = [(language_text(language), text.title, text.description) for language, text in texts]
        return format_html_join("", "<div>{}: <b dir=auto>{}</b></div><p dir=auto>{}</p>", rows) or "-"

    @admin.action(description=_("Put on sale"), permissions=["change"])
    def put_on_sale(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        """Put all SKUs of the chosen products on sale."""
        self._set_on_sale(request, products, on_sale=True)

    @admin.action(description=_("Take off sale"), permissions=["change"])
    def take_off_sale(self, request: HttpRequest, products: QuerySet[Product]) -> HttpResponse | None:
        """Ask once, then take all SKUs of the chosen products off sale."""
        if "sure" in request.POST:
            self._set_on_sale(request, products, on_sale=False)
            return None
        chosen = list(products[:ROWS_A_PAGE])
        return show_page(
            request, "back_office/take_off_sale.html", {"title": gettext("Take off sale"), "products": chosen}
        )

    def _set_on_sale(self, request: HttpRequest, products: QuerySet[Product], *, on_sale: bool) -> None:
        # The boxes of one page: "all that were found" has no box and would be another thing than what was looked at.
        product_ids = list(products.values_list("pk", flat=True)[:ROWS_A_PAGE])
        try:
            changed = set_on_sale(product_ids=product_ids, on_sale=on_sale, by=by_request(request))
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
            return
        words = (
            ngettext("%(n)s SKU was put on sale.", "%(n)s SKUs were put on sale.", changed)
            if on_sale
            else ngettext("%(n)s SKU was taken off sale.", "%(n)s SKUs were taken off sale.", changed)
        )
        messages.success(request, words % {"n": changed})

    def _texts(self, obj: Product) -> dict[str, ProductText]:
        if not hasattr(obj, "_texts_read"):
            obj._texts_read = {text.language: text for text in obj.texts.all()}  # type: ignore[attr-defined]
        return obj._texts_read  # type: ignore[attr-defined]


def _text_fields(texts: dict[str, ProductText]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for language in languages_of(texts):
        text = texts.get(language)
        fields[f"title_{language}"] = words_field(
            label=gettext("Title"), initial=text.title if text else "", language=language, length_max=TITLE_LENGTH_MAX
        )
        fields[f"description_{language}"] = words_field(
            label=gettext("Description"),
            initial=text.description if text else "",
            language=language,
            length_max=DESCRIPTION_LENGTH_MAX,
            lines=True,
        )
    return fields


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """A product's words; a language has a title, or nothing at all was ever written in it."""

    def clean(self) -> dict[str, Any]:
        """Say at the title where one is missing."""
        data = super().clean() or {}
        for name in [one for one in data if one.startswith("title_")]:
            wanted = self.fields[name].initial or data.get(name.replace("title_", "description_", 1))
            if wanted and not data[name]:
                self.add_error(name, gettext("A text needs a title."))
        return data


class BrandTable(OfficeTable):
    """Brands, to read and to choose from; imports make them."""

    title = _("Brands")
    list_display: ClassVar = (fact("name", _("name")), fact("slug", _("slug")))
    search_fields: ClassVar = ("name", "slug")
    ordering: ClassVar = ("slug",)
    readonly_fields: ClassVar = list_display
    fields: ClassVar = list_display

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return that brands are only read."""
        return False


class CategoryTable(OfficeTable):
    """Categories, to read and to choose from; imports make them."""

    title = _("Categories")
    list_display: ClassVar = (fact("code", _("code")), "named")
    search_fields: ClassVar = ("code",)
    ordering: ClassVar = ("code",)
    readonly_fields: ClassVar = list_display
    fields: ClassVar = list_display

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return that categories are only read."""
        return False

    @described(_("name"))
    def named(self, obj: Any) -> str:
        """Return the name in the reader's language."""
        return obj.names.get(catalogue_language()) or obj.names.get("en") or obj.code
