"""Pages of the storefront."""

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from fairground.catalog.queries import ProductFacts, ShownPicture, product_facts, product_pictures
from fairground.checkout.borders import GoodsWanted, border_of_each
from fairground.inventory.queries import ProductOffer, product_offers
from fairground.merchants.queries import merchant_facts, shipping_rate_of
from fairground.sites.languages import in_language
from fairground.sites.picture_files import address_for_others
from fairground.sites.storefront.art import product_art
from fairground.sites.storefront.asked import read_page
from fairground.sites.storefront.cards import cards_html
from fairground.sites.storefront.customs_words import customs_of_product, destination
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.halls import WELCOME, festival_name, grid_page, halls_of
from fairground.sites.storefront.offers import show_offers
from fairground.sites.storefront.phase_lines import phase_lines
from fairground.sites.storefront.pictures import shared_image, show_gallery
from fairground.sites.storefront.presales import show_presales
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.storefront.seen import SEEN_MAX
from fairground.sites.storefront.sharing import SharedPage, page_address, share, site_address
from fairground.sites.storefront.shelves import deal_cards, shop_cards
from fairground.sites.storefront.shipping_words import shipping_facts
from fairground.sites.storefront.structured import ProductWords, breadcrumbs, lowest_price, product_data
from fairground.sites.wording import country_text, market_text

# Four rows of six on a desk, twelve of two on a phone: enough to look around, and the page stays below 200 KB.
HOME_CARDS = 24
_KINDS = {
    "brand": gettext_lazy("Brand"),
    "shop": gettext_lazy("Shop"),
    "person": gettext_lazy("Private seller"),
    "overseas": gettext_lazy("Overseas shop"),
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the festival: when it opens, its halls, its best deals."""
    reader = reader_of(request)
    cards = deal_cards(reader, limit=HOME_CARDS)
    context = {
        "halls": halls_of(reader),
        "cards": cards_html(cards, reader),
        "phase_lines": phase_lines(reader),
        "seen_max": SEEN_MAX,
        "shared": share(request, reader, title=festival_name(reader), description=str(WELCOME)),
    }
    return show(request, reader, "storefront/home.html", context)


@require_safe
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a merchant and everything it offers in the market, its deals first."""
    reader = reader_of(request)
    merchant = merchant_facts(slug=slug)
    if merchant is None:
        raise Http404
    about = in_language(merchant.about, reader.language)
    context = {
        "merchant": merchant,
        "kind": _KINDS[merchant.kind],
        "about": about,
        "country": country_text(merchant.country),
        "shared": share(
            request,
            reader,
            title=merchant.name,
            description=about or merchant.name,
            page=read_page(request.GET.get("page", "")),
        ),
    }
    grid = grid_page(request, reader, partial(shop_cards, merchant_id=merchant.id), within="shop")
    return show(request, reader, "storefront/shop.html", context | grid)


@require_safe
def product(request: HttpRequest, product_id: int) -> HttpResponse:
    """Show a product with its variants, prices and stock in the market."""
    reader = reader_of(request)
    facts = product_facts(product_id=product_id)
    if facts is None:
        raise Http404
    offers = []
    if reader.market:
        offers = product_offers(
            product_id=product_id,
            market=reader.market.code,
            language=reader.language,
            festival=reader.festival_slug,
            now=reader.now,
        )
    title, description = in_language(facts.texts, reader.language) or (str(facts.id), "")
    category = in_language(facts.category_name, reader.language)
    pictures = product_pictures(product_id=product_id)
    context = {
        "product": facts,
        "title": title,
        "description": description,
        "category": category,
        "country": country_text(facts.merchant_country),
        "sent": _sent(offers, reader),
        "art": product_art(product_id=facts.id, brand=facts.brand, category=facts.category),
        "pictures": show_gallery(pictures, title=title, language=reader.language),
        "seen_max": SEEN_MAX,
        "offer": show_offers(offers, reader),
        "presales": show_presales(product_id, reader),
        "shipping": _shipping(facts, reader) if offers else [],
        "customs": _customs(request, offers, reader) if offers else [],
        "shared": _share_product(request, reader, facts, offers, pictures, (title, description, category)),
    }
    return show(request, reader, "storefront/product.html", context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers what there is and what to leave alone: the API, and all of a demo or a rehearsal."""
    closed = "Disallow: /"
    if settings.REALM.is_real:
        left_alone = "".join(f"Disallow: {path}\n" for path in ("/v1/", "/live/stream", "/sign/", "/me/"))
        closed = f"{left_alone}\nSitemap: {site_address(request)}{reverse('sitemap')}"
    return HttpResponse(f"User-agent: *\n{closed}\n", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead those who ask for the old address to the icon."""
    return HttpResponsePermanentRedirect(static("fairground/favicon.svg"))


def _shipping(facts: ProductFacts, reader: Reader) -> list[str]:
    """Return what the merchant of a product asks for shipping in the reader's market, and how long it takes."""
    assert reader.market, "nothing is offered without a market"
    rate = shipping_rate_of(slug=facts.merchant_slug, market=reader.market.code)
    return shipping_facts(rate, reader.market.currency) if rate else []


def _sent(offers: Sequence[ProductOffer], reader: Reader) -> str:
    """Return from where and to where a product is sent; from where only if that is one country, and stated."""
    assert reader.market or not offers, "nothing is offered without a market"
    origins = {country for one in offers for country in one.sent_from}
    market = market_text(reader.market.code, reader.market.name) if reader.market else ""
    if len(origins) != 1 or "" in origins:
        return gettext("Sent to every address in {market}.").format(market=market)
    words = gettext("Sent from {country} to every address in {market}.")
    return words.format(country=country_text(*origins), market=market)


def _customs(request: HttpRequest, offers: Sequence[ProductOffer], reader: Reader) -> list[str]:
    """Return what customs asks of one of a product's variants, sent to where the reader would have it."""
    assert reader.market, "nothing is offered without a market"
    to = destination(request, reader.market)
    if to is None:
        return []
    wanted = [GoodsWanted(one.sku_id, one.deal_id if one.asking(now=reader.now).until else None, 1) for one in offers]
    each = border_of_each(wanted, market=reader.market, rule=to.rule, country=to.country)
    return customs_of_product(each, to, reader.market.currency)


def _share_product(
    request: HttpRequest,
    reader: Reader,
    facts: ProductFacts,
    offers: Sequence[ProductOffer],
    pictures: Sequence[ShownPicture],
    named: tuple[str, str, str | None],
) -> SharedPage:
    """Return what a product's page tells the outside; `named` are its title, description and category in words."""
    site, address = site_address(request), page_address(request, reader)
    title, description, category = named
    shop_address = f"{site}{reverse('shop', args=[facts.merchant_slug])}"
    images = tuple(site + address_for_others(one.picture) for one in pictures)
    words = ProductWords(title, description, category, address, shop_address, images)
    way = ((festival_name(reader), f"{site}{reverse('home')}"), (facts.merchant_name, shop_address), (title, address))
    return share(
        request,
        reader,
        title=title,
        description=description or title,
        kind="product",
        price=lowest_price(offers, now=reader.now),
        image=shared_image(pictures, site=site, title=title, language=reader.language),
        structured=(product_data(facts, words, offers, now=reader.now), breadcrumbs(*way)),
    )
