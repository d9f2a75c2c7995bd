"""What a page of results was asked for, read from its address and written back into the addresses of its links."""

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from django.urls import reverse

from fairground.search.queries import SORTS
from fairground.search.rules.words import ASKED_LENGTH_MAX
from fairground.sites.storefront.reader import Reader

# As far as one turns pages by hand; beyond, the database would read and throw away ever more.
PAGES_MAX = 100
_CODE_LENGTH_MAX = 120
_PRICE = re.compile(r"([0-9]{1,15})?-([0-9]{1,15})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for. `shelf` is `category` or `brand` where that is the page's own address, else empty.

    Prices are in minor units of the market's currency, `price_below` exclusive.
    """

    shelf: str = ""
    words: str = ""
    category: str | None = None
    brand: str | None = None
    price_from: int | None = None
    price_below: int | None = None
    in_stock: bool = False
    deals_only: bool = False
    sort: str = "relevance"
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Return whether anything can be taken back."""
        return replace(self, words="", sort="relevance", page=1) != Asked(shelf=self.shelf)

    def parameters(self) -> dict[str, str]:
        """Return what stands in the address besides the shelf; what does not matter is left out."""
        price = "" if self.price_from is None and self.price_below is None else _price_text(self)
        given = {
            "q": self.words,
            "category": "" if self.shelf == "category" else self.category or "",
            "brand": "" if self.shelf == "brand" else self.brand or "",
            "price": price,
            "stock": "1" if self.in_stock else "",
            "deals": "1" if self.deals_only else "",
            "sort": "" if self.sort == "relevance" else self.sort,
        }
        return {name: value for name, value in given.items() if value}

    def address(self, reader: Reader) -> str:
        """Return the address of this page's first page of results, with the reader's market and language."""
        query = urlencode({**self.parameters(), **dict(parse_qsl(reader.query.removeprefix("?")))})
        return self._path() + (f"?{query}" if query else "")

    def _path(self) -> str:
        if self.shelf == "category" and self.category:
            return reverse("category", args=[self.category])
        if self.shelf == "brand" and self.brand:
            return reverse("brand", args=[self.brand])
        return reverse("search")


def read_asked(request: HttpRequest, *, category: str | None = None, brand: str | None = None) -> Asked:
    """Return what a request asks for; what makes no sense counts as not asked. `category`, `brand`: from the path."""
    given = request.GET
    price = _PRICE.fullmatch(given.get("price", ""))
    sort = given.get("sort", "")
    return Asked(
        shelf="category" if category else "brand" if brand else "",
        words=" ".join(given.get("q", "")[: 2 * ASKED_LENGTH_MAX].replace("\0", " ").split())[:ASKED_LENGTH_MAX],
        category=category or _code(given.get("category", "")),
        brand=brand or _code(given.get("brand", "")),
        price_from=int(price[1]) if price and price[1] else None,
        price_below=int(price[2]) if price and price[2] else None,
        in_stock=given.get("stock") == "1",
        deals_only=given.get("deals") == "1",
        sort=sort if sort in SORTS else "relevance",
        page=read_page(given.get("page", "")),
    )


def read_page(asked: str) -> int:
    """Return the number of the page asked for; what is none is the first."""
    is_number = asked.isascii() and asked.isdecimal() and len(asked) <= len(str(PAGES_MAX))
    return min(max(int(asked), 1), PAGES_MAX) if is_number else 1


def _code(text: str) -> str | None:
    return text if 0 < len(text) <= _CODE_LENGTH_MAX and "\0" not in text else None


def _price_text(asked: Asked) -> str:
    return f"{'' if asked.price_from is None else asked.price_from}-{asked.price_below or ''}"
