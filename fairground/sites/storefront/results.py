"""Pages of found goods: search, a category, a brand; and suggestions while somebody types."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.catalog.queries import brand_name, category_names
from fairground.search.queries import Found, SearchTooSlow, Wanted, suggest
from fairground.sites.languages import in_language
from fairground.sites.pages import share_until
from fairground.sites.storefront.asked import PAGES_MAX, Asked, read_asked
from fairground.sites.storefront.cards import cards_html
from fairground.sites.storefront.facets import categories_to_name, show_facets, show_sorts
from fairground.sites.storefront.findings import page_found
from fairground.sites.storefront.frame import changes_at_ms, show
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.storefront.shelves import cards_of
from fairground.sites.switches import Part, is_on
from fairground.sites.wording import number_text

# As many as a hall shows.
PAGE_PRODUCTS = 60
# Whoever comes back so much later finds the same search no easier, but the rush may be over.
RETRY_AFTER_S = 5


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what fits the words, or everything where there are none."""
    asked = read_asked(request)
    return _show(request, asked, title=asked.words or gettext("All goods"))


@require_safe
def category(request: HttpRequest, code: str) -> HttpResponse:
    """Show what stands in a category and below it."""
    names = category_names(codes=[code]) if "\0" not in code else {}
    if code not in names:
        raise Http404
    asked = read_asked(request, category=code)
    reader = reader_of(request)
    return _show(request, asked, title=in_language(names[code], reader.language) or code, reader=reader)


@require_safe
def brand(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what bears a brand."""
    name = brand_name(slug=slug)
    if name is None:
        raise Http404
    return _show(request, read_asked(request, brand=slug), title=name)


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Answer with what somebody may be about to type, each as a link."""
    reader = reader_of(request)
    typed = read_asked(request).words
    market = reader.market.code if reader.market and is_on(Part.SUGGESTIONS) else None
    try:
        found = suggest(typed=typed, market=market, language=reader.language) if market else []
    except SearchTooSlow:
        return _too_slow(request, JsonResponse({"suggestions": []}))
    kinds = {"brand": gettext("Brand"), "category": gettext("Category"), "product": ""}
    shown = [
        {"text": one.text, "kind": kinds[one.kind], "href": reverse(one.kind, args=[one.key]) + reader.query}
        for one in found
    ]
    response = JsonResponse({"suggestions": shown})
    share_until(response, request, until_ms=None)
    return response


def _show(request: HttpRequest, asked: Asked, *, title: str, reader: Reader | None = None) -> HttpResponse:
    reader = reader or reader_of(request)
    context: dict[str, object] = {
        "asked": asked,
        "title": title,
        "page": asked.page,
    }
    if reader.market:
        try:
            found = page_found(_wanted(asked, reader, reader.market.code), festival_changes_at_ms=changes_at_ms(reader))
        except SearchTooSlow:
            return _too_slow(request, show(request, reader, "storefront/too_slow.html", context))
        context |= _results(found, asked, reader)
    return show(request, reader, "storefront/results.html", context)


def _too_slow(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Say so for a moment to all who ask the same, that not each of them waits for it anew."""
    response.status_code = 503
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    share_until(response, request, until_ms=None)
    return response


def _wanted(asked: Asked, reader: Reader, market: str) -> Wanted:
    return Wanted(
        market=market,
        language=reader.language,
        festival=reader.festival_slug,
        now=reader.now,
        words=asked.words,
        category=asked.category,
        brand=asked.brand,
        price_from_minor=asked.price_from,
        price_below_minor=asked.price_below,
        in_stock=asked.in_stock,
        deals_only=asked.deals_only,
        sort=asked.sort,
        page=asked.page,
        page_products=PAGE_PRODUCTS,
    )


def _results(found: Found, asked: Asked, reader: Reader) -> dict[str, object]:
    names = category_names(codes=categories_to_name(found, asked))
    chosen_brand = next((one.name for one in found.brands if one.slug == asked.brand), None)
    last = min(-(-found.total // PAGE_PRODUCTS), PAGES_MAX)
    return {
        "cards": cards_html(cards_of(reader, found.product_ids), reader),
        "count": found.total,
        "count_text": number_text(found.total),
        "is_exact": found.is_exact,
        "any_word": found.any_word,
        "facets": show_facets(found, asked, reader, names=names, brand=chosen_brand),
        "sorts": show_sorts(asked, reader),
        "without_choices": Asked(words=asked.words).address(reader),
        "page_before": asked.page - 1 if 1 < asked.page <= last + 1 else None,
        "page_after": asked.page + 1 if asked.page < last else None,
    }
