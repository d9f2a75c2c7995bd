"""What somebody chose at the foot of a page, kept by cookies: the market and the language."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# A cookie is what a browser says: a code of a market is no longer.
_CODE_LENGTH_MAX = 8
_COOKIES = {"market": settings.MARKET_COOKIE_NAME, "lang": settings.LANGUAGE_COOKIE_NAME}


def chosen_before(request: HttpRequest) -> dict[str, str]:
    """Return what the cookies of a request keep: `market`, `lang`, or less."""
    kept = {name: request.COOKIES.get(cookie, "") for name, cookie in _COOKIES.items()}
    if kept["lang"] not in dict(settings.LANGUAGES):
        del kept["lang"]
    return {name: code for name, code in kept.items() if 0 < len(code) <= _CODE_LENGTH_MAX}


def set_choice(request: HttpRequest, response: HttpResponseBase, chosen: Mapping[str, str]) -> None:
    """Keep a choice by its names `market` and `lang` for a year; an empty one changes nothing."""
    for name, code in chosen.items():
        if code:
            response.set_cookie(
                _COOKIES[name],
                code,
                max_age=settings.CHOICE_KEPT_S,
                secure=request.is_secure(),
                httponly=True,
                samesite="Lax",
            )
