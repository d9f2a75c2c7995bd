"""Which language a page speaks: the one asked for in the address, else the one chosen before, else the browser's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from babel import Locale
from babel.dates import get_timezone_location
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

# Names and texts of the catalogue are kept by plain language where Django tells scripts apart.
_CATALOGUE_LANGUAGES = {"zh-hans": "zh"}

# CLDR knows a zone by the name that it had first; Babel looks for it by the newer one, in vain.
_FIRST_NAMES = {
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Yangon": "Asia/Rangoon",
    "Europe/Kyiv": "Europe/Kiev",
}

Words = TypeVar("Words")


@dataclass(frozen=True, slots=True)
class Language:
    """A language to choose: its code, its name in itself, and where its lines begin (`ltr` or `rtl`)."""

    code: str
    name: str
    direction: str


class ChosenLanguage(LocaleMiddleware):
    """`?lang=es` goes before the cookie and that before Accept-Language; where somebody is decides nothing."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the request's language."""
        super().process_request(request)
        chosen = request.GET.get("lang")
        if chosen in dict(settings.LANGUAGES):
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Tell caches that a page depends on what was chosen."""
        patch_vary_headers(response, ("Cookie",))
        return super().process_response(request, response)


def language_choices() -> list[Language]:
    """Return the languages of the pages."""
    right_to_left = settings.LANGUAGES_BIDI
    return [Language(code, name, "rtl" if code in right_to_left else "ltr") for code, name in settings.LANGUAGES]


def active_locale() -> Locale:
    """Return the locale of the active language."""
    return Locale.parse(translation.to_locale(translation.get_language() or "en"))


def place_text(zone: str) -> str:
    """Return the city that a time zone is named after, as the active language calls it: Brussels."""
    locale = active_locale()
    named = locale.time_zones.get(_FIRST_NAMES.get(zone, zone), {})
    return str(named.get("city") or get_timezone_location(zone, locale=locale, return_city=True))


def catalogue_language() -> str:
    """Return the active language as names and texts of the catalogue know it."""
    return catalogue_name(translation.get_language() or settings.LANGUAGE_CODE)


def catalogue_name(language: str) -> str:
    """Return what names and texts of the catalogue call a language of pages; any other is called as it is."""
    return _CATALOGUE_LANGUAGES.get(language.lower(), language)


def in_language(words: Mapping[str, Words], language: str) -> Words | None:
    """Return what there is in `language`, else in English, else in any; None where there is nothing."""
    return words.get(language) or words.get("en") or next(iter(words.values()), None)


def page_language(language: str) -> str | None:
    """Return the language of pages that shows the catalogue's `language`, or None where pages do not speak it."""
    spoken = [code for code, _name in settings.LANGUAGES]
    return next((code for code in spoken if language in {code, _CATALOGUE_LANGUAGES.get(code, code)}), None)


def language_tag(code: str) -> str:
    """Return a language of pages as the web writes it (BCP 47): zh-Hans."""
    return translation.to_locale(code).replace("_", "-")
