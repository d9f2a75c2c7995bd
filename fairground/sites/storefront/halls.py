"""Halls: the page that the operator composed of blocks, all deals of the hall in a grid, and the staff's preview."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from fairground.festivals.composition import hall_blocks
from fairground.festivals.queries import festival_halls
from fairground.inventory.queries import ProductCard
from fairground.sites.languages import in_language
from fairground.sites.moment import ForAMoment
from fairground.sites.staff import is_of_the_staff
from fairground.sites.storefront.art import product_art
from fairground.sites.storefront.asked import PAGES_MAX, read_page
from fairground.sites.storefront.cards import cards_html
from fairground.sites.storefront.frame import show, show_alone
from fairground.sites.storefront.hall_blocks import compose
from fairground.sites.storefront.reader import Reader, reader_at, reader_of
from fairground.sites.storefront.sharing import share
from fairground.sites.storefront.shelves import deal_cards
from fairground.sites.wording import market_text, moment_text

# Ten rows of six on a desk, thirty of two on a phone.
GRID_CARDS = 60
WELCOME = gettext_lazy("The shopping festival: thousands of merchants, one opening second.")

_festival_halls = ForAMoment(festival_halls)
_hall_blocks = ForAMoment(hall_blocks)

# A preview is of a year that every zone has.
_YEARS = (2000, 2100)


@dataclass(frozen=True, slots=True)
class HallShown:
    """A hall as a link."""

    id: int
    slug: str
    name: str
    pictogram: str


@dataclass(frozen=True, slots=True)
class PreviewShown:
    """Which moment and market a preview shows, and where the hall is composed, for who may do that."""

    moment: str
    market: str
    back: str


@require_safe
def hall(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a hall of the current festival: its blocks in their order, or where it has none a grid of its deals."""
    reader = reader_of(request)
    context, changes_at = _hall_context(request, reader, slug)
    title = f"{context['hall'].name} · {festival_name(reader)}"
    page = read_page(request.GET.get("page", ""))
    context["shared"] = share(request, reader, title=title, description=str(WELCOME), page=page)
    return show(request, reader, "storefront/hall.html", context, changes_at=changes_at)


@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the staff a hall as it will be at a moment (`at`, ISO 8601, UTC where it says no other zone).

    Its clock stands at that moment and runs on from there. What is left of each deal is what is left now.
    """
    if not (is_of_the_staff(request) and request.user.has_perm("festivals.view_hall")):
        raise Http404
    at = _read_moment(request.GET.get("at", ""))
    reader = reader_of(request) if at is None else reader_at(request, now=at)
    context, _changes_at = _hall_context(request, reader, slug)
    zone = reader.market.time_zone if reader.market else "UTC"
    may_compose = request.user.has_perm("festivals.change_hallblock")
    context["preview"] = PreviewShown(
        moment=moment_text(reader.now, zone),
        market=market_text(reader.market.code, reader.market.name) if reader.market else "",
        back=reverse("admin:hall-blocks", args=[context["hall"].id]) if may_compose else "",
    )
    response = show_alone(request, reader, "storefront/hall.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def halls_of(reader: Reader) -> list[HallShown]:
    """Return the halls of the current festival."""
    if reader.festival is None:
        return []
    return [
        HallShown(
            id=one.id,
            slug=one.slug,
            name=in_language(one.name, reader.language) or one.slug,
            pictogram=product_art(product_id=0, brand=None, category=one.slug).pictogram,
        )
        for one in _festival_halls(festival=reader.festival.slug)
    ]


def festival_name(reader: Reader) -> str:
    """Return what the current festival is called, or the shop where there is none."""
    name = in_language(reader.festival.name, reader.language) if reader.festival else None
    return name or gettext("Fairground")


def grid_page(
    request: HttpRequest, reader: Reader, read: Callable[..., Sequence[ProductCard]], *, within: str
) -> dict[str, object]:
    """Return one page of the cards that `read` gives, and the numbers of the pages around it where there are any."""
    page = read_page(request.GET.get("page", ""))
    cards = read(reader, limit=GRID_CARDS + 1, offset=(page - 1) * GRID_CARDS)
    return {
        "cards": cards_html(cards[:GRID_CARDS], reader, within=within),
        "page": page,
        "page_before": page - 1 if page > 1 else None,
        "page_after": page + 1 if len(cards) > GRID_CARDS and page < PAGES_MAX else None,
    }


def _hall_context(request: HttpRequest, reader: Reader, slug: str) -> tuple[dict[str, Any], datetime | None]:
    """Return what a hall's page shows at the reader's moment, and when it shows something else by itself.

    A hall that is composed of blocks has all of its deals on its numbered pages.

    :raises Http404: the festival has no such hall
    """
    halls = halls_of(reader)
    found = next((one for one in halls if one.slug == slug), None)
    if found is None:
        raise Http404
    context: dict[str, Any] = {"hall": found, "halls": halls}
    blocks = [one.block for one in _hall_blocks(hall_id=found.id)]
    if blocks and "page" not in request.GET:
        composed = compose(reader, hall_id=found.id, blocks=blocks)
        return context | {"composed": composed, "grid_query": _first_page(request)}, composed.changes_at
    return context | grid_page(request, reader, partial(deal_cards, hall_id=found.id), within="hall"), None


def _first_page(request: HttpRequest) -> str:
    asked = request.GET.copy()
    asked["page"] = "1"
    return f"?{asked.urlencode()}"


def _read_moment(text: str) -> datetime | None:
    """Return a moment that the address names; None for what is none, which is then now."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _YEARS[0] <= moment.year <= _YEARS[1] else None
