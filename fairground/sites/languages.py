"""Which language a page speaks: the one asked for in the address, else the browser's."""

from collections.abc import Mapping
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

# Names and texts of the catalogue are kept by plain language where Django tells scripts apart.
_CATALOGUE_LANGUAGES = {"zh-hans": "zh"}

Words = TypeVar("Words")


class ChosenLanguage(LocaleMiddleware):
    """`?lang=es` goes before Accept-Language, so that a choice needs no cookie."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the request's language."""
        super().process_request(request)
        chosen = request.GET.get("lang")
        if chosen in dict(settings.LANGUAGES):
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen


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
