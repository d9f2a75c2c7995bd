"""What a page tells those who link to it: its one address, the same page in other languages, and its words."""

from dataclasses import dataclass
from urllib.parse import urlencode

from babel.core import get_global
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from fairground.sites.languages import language_tag
from fairground.sites.storefront.reader import Reader

# As much as cards of other sites show; the rest would be cut off there, in the middle of a word.
DESCRIPTION_MAX = 200


@dataclass(frozen=True, slots=True)
class SharedImage:
    """The picture of a page: its address, its size in pixels, and what it shows."""

    address: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class SharedPage:
    """What stands in a page's head (Open Graph, https://ogp.me, and links). Addresses are absolute.

    `alternates` are (language tag, address), the last one for readers of any other language; `price` is an amount
    and its currency; `structured` is JSON-LD that is safe inside a script element.
    """

    title: str
    description: str
    kind: str
    address: str
    alternates: list[tuple[str, str]]
    locale: str
    other_locales: list[str]
    price: tuple[str, str] | None = None
    structured: tuple[str, ...] = ()
    image: SharedImage | None = None


def site_address(request: HttpRequest) -> str:
    """Return the site's public address without a slash at its end: what the operator says it is, else the request's."""
    return str(settings.SITE_ADDRESS) or f"{request.scheme}://{request.get_host()}"


def page_address(request: HttpRequest, reader: Reader, *, page: int = 1) -> str:
    """Return the one address of a page as it was asked for: only choices that change what it shows, in one order."""
    return _with(request, _market(reader) | _language(request) | _page(page))


def share(
    request: HttpRequest,
    reader: Reader,
    *,
    title: str,
    description: str,
    kind: str = "website",
    page: int = 1,
    price: tuple[str, str] | None = None,
    structured: tuple[str, ...] = (),
    image: SharedImage | None = None,
) -> SharedPage:
    """Return what the page of this request tells those who link to it; `page` is its number in a grid."""
    languages = [code for code, _name in settings.LANGUAGES]
    kept, numbered = _market(reader), _page(page)
    alternates = [(language_tag(code), _with(request, kept | {"lang": code} | numbered)) for code in languages]
    active = translation.get_language() or settings.LANGUAGE_CODE
    return SharedPage(
        title=title,
        description=_cut(description),
        kind=kind,
        address=page_address(request, reader, page=page),
        alternates=[*alternates, ("x-default", _with(request, kept | numbered))],
        locale=_territorial(active),
        other_locales=[_territorial(code) for code in languages if code != active],
        price=price,
        structured=structured,
        image=image,
    )


def _with(request: HttpRequest, query: dict[str, str]) -> str:
    return site_address(request) + request.path + (f"?{urlencode(query)}" if query else "")


def _market(reader: Reader) -> dict[str, str]:
    return {"market": reader.market.code} if reader.away and reader.market else {}


def _language(request: HttpRequest) -> dict[str, str]:
    chosen = request.GET.get("lang")
    return {"lang": chosen} if chosen in dict(settings.LANGUAGES) else {}


def _page(page: int) -> dict[str, str]:
    return {"page": str(page)} if page > 1 else {}


def _territorial(code: str) -> str:
    """Open Graph wants a territory with each language; CLDR knows the likeliest: en_US, es_ES, zh_CN."""
    likely = get_global("likely_subtags")
    locale = translation.to_locale(code)
    language, *_, territory = (likely.get(locale) or likely.get(locale.split("_")[0]) or locale).split("_")
    return f"{language}_{territory}"


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= DESCRIPTION_MAX else words[: DESCRIPTION_MAX - 1].rsplit(" ", 1)[0] + "…"
