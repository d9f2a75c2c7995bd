"""The sitemap (https://www.sitemaps.org): an index, and pages of addresses that begin at an id.

There is no `lastmod`: what changes a page's price or stock leaves no moment behind, and a wrong one keeps crawlers off.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from html import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from fairground.catalog.queries import product_page_starts, products_on_sale
from fairground.festivals.queries import festival_halls
from fairground.kernel.ids import ID_MAX
from fairground.merchants.queries import merchant_page_starts, merchant_slugs
from fairground.sites.storefront.reader import reader_of
from fairground.sites.storefront.sharing import site_address
from fairground.sites.switches import Part, is_on

# Crawlers take 50,000. At this many a page is one statement and below a megabyte, however many products there are.
ADDRESSES_MAX = 10_000
# The index of a million products is one pass over their keys, so it is asked for once an hour.
MAX_AGE_S = 3600
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def _unless_off(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a page of the sitemap that sends robots away while it is turned off."""

    @wraps(page)
    def answer(request: HttpRequest, **asked: int) -> HttpResponse:
        if not is_on(Part.SITEMAP):
            return HttpResponse(status=503, headers={"Retry-After": str(MAX_AGE_S)})
        return page(request, **asked)

    return answer


@require_safe
@_unless_off
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Name the pages of the sitemap."""
    _only_the_real_realm()
    pages = [
        reverse("sitemap-festival"),
        *(reverse("sitemap-shops", args=[first_id]) for first_id in merchant_page_starts(page_max=ADDRESSES_MAX)),
        *(reverse("sitemap-products", args=[first_id]) for first_id in product_page_starts(page_max=ADDRESSES_MAX)),
    ]
    return _answer(request, "sitemapindex", "sitemap", pages)


@require_safe
@_unless_off
def sitemap_festival(request: HttpRequest) -> HttpResponse:
    """List the home page and the halls of the current festival."""
    _only_the_real_realm()
    festival = reader_of(request).festival
    halls = festival_halls(festival=festival.slug) if festival else []
    return _answer(request, "urlset", "url", [reverse("home"), *(reverse("hall", args=[one.slug]) for one in halls)])


@require_safe
@_unless_off
def sitemap_shops(request: HttpRequest, first_id: int) -> HttpResponse:
    """List a page of shops."""
    _only_the_real_realm(first_id)
    slugs = merchant_slugs(first_id=first_id, page_max=ADDRESSES_MAX)
    before, after = _around("shop", "0")
    return _answer(request, "urlset", "url", (f"{before}{slug}{after}" for slug in slugs))


@require_safe
@_unless_off
def sitemap_products(request: HttpRequest, first_id: int) -> HttpResponse:
    """List a page of products that are on sale."""
    _only_the_real_realm(first_id)
    ids = products_on_sale(first_id=first_id, page_max=ADDRESSES_MAX)
    before, after = _around("product", 0)
    return _answer(request, "urlset", "url", (f"{before}{one}{after}" for one in ids))


def _around(name: str, zero: int | str) -> tuple[str, str]:
    """Asked once for all addresses of a kind: `reverse` for each would take longer than the rest of the page."""
    before, after = reverse(name, args=[zero]).split("0")
    return before, after


def _only_the_real_realm(first_id: int = 0) -> None:
    if not settings.REALM.is_real or first_id > ID_MAX:
        raise Http404


def _answer(request: HttpRequest, root: str, element: str, paths: Iterable[str]) -> HttpResponse:
    site = site_address(request)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{root} xmlns="{_SPACE}">',
        *(f"<{element}><loc>{escape(site + path)}</loc></{element}>" for path in paths),
        f"</{root}>\n",
    ]
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_S}"}
    return HttpResponse("\n".join(lines), content_type="application/xml; charset=utf-8", headers=headers)
