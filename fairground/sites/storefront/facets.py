"""What results can be narrowed by, as links that keep everything else and can be taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from fairground.catalog.rules import category_path
from fairground.search.queries import Found
from fairground.search.rules.bands import PriceBand
from fairground.sites.languages import in_language
from fairground.sites.storefront.asked import Asked
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import money_text, number_text

# More than these are no choice but a list; the greatest stay.
CATEGORIES_MAX = 12

Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to narrow the results, or with `chosen` one that was taken, whose address takes it back."""

    text: str
    address: str
    count: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """Choices of one kind."""

    title: str
    choices: Sequence[Choice]


def categories_to_name(found: Found, asked: Asked) -> list[str]:
    """Return the codes of the categories that `show_facets` needs the names of."""
    return [*_categories(found, asked), *(category_path(asked.category) if asked.category else [])]


def show_facets(found: Found, asked: Asked, reader: Reader, *, names: Names, brand: str | None) -> list[Facet]:
    """Return the facets in which there is something to choose or to take back; `brand` is the chosen one's name."""
    asked = replace(asked, page=1)
    facets = [
        Facet(gettext("Categories"), _category_choices(found, asked, reader, names)),
        Facet(gettext("Brands"), _brand_choices(found, asked, reader, brand)),
        Facet(gettext("Price"), _price_choices(found, asked, reader)),
        Facet(gettext("Only"), _switches(found, asked, reader)),
    ]
    return [facet for facet in facets if facet.choices]


def show_sorts(asked: Asked, reader: Reader) -> list[Choice]:
    """Return the orders in which results can stand; the chosen one is marked."""
    titles = {
        "relevance": gettext("Best match"),
        "price_up": gettext("Price, lowest first"),
        "price_down": gettext("Price, highest first"),
        "newest": gettext("Newest first"),
        "discount": gettext("Greatest discount"),
    }
    return [
        Choice(title, replace(asked, sort=sort, page=1).address(reader), chosen=sort == asked.sort)
        for sort, title in titles.items()
    ]


def _categories(found: Found, asked: Asked) -> dict[str, int]:
    """Return the categories below the chosen one that divide what was found, the greatest first."""
    depth = len(category_path(asked.category)) if asked.category else 0
    deepest = max((code.count(".") + 1 for code in found.categories), default=0)
    for level in range(depth + 1, deepest + 1):
        counts: dict[str, int] = {}
        for code, products in found.categories.items():
            path = category_path(code)
            if len(path) >= level:
                counts[path[level - 1]] = counts.get(path[level - 1], 0) + products
        if any(products < found.total for products in counts.values()):
            return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:CATEGORIES_MAX])
    return {}


def _category_choices(found: Found, asked: Asked, reader: Reader, names: Names) -> list[Choice]:
    chosen = [
        Choice(
            _name(names, code, reader),
            replace(asked, category=code.rpartition(".")[0] or None).address(reader),
            chosen=True,
        )
        for code in (category_path(asked.category) if asked.category else [])
    ]
    return chosen + [
        Choice(_name(names, code, reader), replace(asked, category=code).address(reader), number_text(products))
        for code, products in _categories(found, asked).items()
    ]


def _name(names: Names, code: str, reader: Reader) -> str:
    return in_language(names.get(code, {}), reader.language) or code.rpartition(".")[2]


def _brand_choices(found: Found, asked: Asked, reader: Reader, brand: str | None) -> list[Choice]:
    if asked.brand:
        return [Choice(brand or asked.brand, replace(asked, brand=None).address(reader), chosen=True)]
    choices = [
        Choice(one.name, replace(asked, brand=one.slug).address(reader), number_text(one.products))
        for one in found.brands
    ]
    return choices if len(choices) > 1 else []


def _price_choices(found: Found, asked: Asked, reader: Reader) -> list[Choice]:
    assert reader.market, "prices are seen in a market"
    currency, below = reader.market.currency, asked.price_below
    chosen = []
    if asked.price_from is not None or below is not None:
        taken_back = replace(asked, price_from=None, price_below=None)
        chosen = [Choice(_band_text(asked.price_from or 0, below, currency), taken_back.address(reader), chosen=True)]
    bands = [_narrowed(band, asked) for band in found.price_bands]
    return chosen + [
        Choice(
            _band_text(band.from_minor, band.below_minor, currency),
            replace(asked, price_from=band.from_minor, price_below=band.below_minor).address(reader),
            number_text(band.products),
        )
        for band in bands
    ]


def _narrowed(band: PriceBand, asked: Asked) -> PriceBand:
    """Bands lie on round edges; what was chosen before may begin or end inside one."""
    return PriceBand(
        max(band.from_minor, asked.price_from or 0),
        band.below_minor if asked.price_below is None else min(band.below_minor, asked.price_below),
        band.products,
    )


def _band_text(from_minor: int, below_minor: int | None, currency: str) -> str:
    if below_minor is None:
        return gettext("from %(price)s") % {"price": money_text(from_minor, currency)}
    if from_minor <= 1:
        return gettext("below %(price)s") % {"price": money_text(below_minor, currency)}
    return gettext("%(from)s to %(below)s") % {
        "from": money_text(from_minor, currency),
        "below": money_text(below_minor, currency),
    }


def _switches(found: Found, asked: Asked, reader: Reader) -> list[Choice]:
    deals, stock = gettext("Festival deals"), gettext("In stock")
    switches = [
        (deals, asked.deals_only, replace(asked, deals_only=not asked.deals_only), found.deals),
        (stock, asked.in_stock, replace(asked, in_stock=not asked.in_stock), found.in_stock),
    ]
    return [
        Choice(title, other.address(reader), "" if chosen else number_text(products), chosen)
        for title, chosen, other, products in switches
        if chosen or 0 < products < found.total
    ]
