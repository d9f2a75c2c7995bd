"""What somebody reads who is turned away before any page is made: a page of words, in the language of the pages.

It asks nothing of the database and takes no thread: each is written once a process and a language.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from fairground.sites.asgi import Scope, Send
from fairground.sites.headers import CONTENT_SECURITY_POLICY

RETRY_AFTER_S = 2
_ASKED = re.compile(rb"(?:^|&)lang=([A-Za-z-]{2,20})(?:&|$)")


@dataclass(frozen=True, slots=True)
class Away:
    """Why somebody is turned away: the status of the answer, and its words."""

    status: int
    icon: str
    title: Promise
    text: Promise


BUSY = Away(
    503,
    "clock",
    gettext_lazy("Too many at once"),
    gettext_lazy(
        "More is asked for just now than can be answered, so nothing was done. Wait a moment and try again. If you "
        "sent a form, go back to it: browsers mostly keep what was filled in."
    ),
)
TOO_LARGE = Away(
    413,
    "alert-triangle",
    gettext_lazy("That is too much for this form"),
    gettext_lazy("Nothing was done. Go back and send less at once: fewer files, or smaller ones."),
)


async def turn_away(scope: Scope, send: Send, why: Away) -> None:
    """Answer with the page of words that says why."""
    headers, body = _answer(why, _language(scope))
    await send({"type": "http.response.start", "status": why.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _language(scope: Scope) -> str:
    """Return the language that a request asks for, as `ChosenLanguage` finds it."""
    asked = _ASKED.search(scope.get("query_string", b""))
    if asked and asked[1].decode() in dict(settings.LANGUAGES):
        return asked[1].decode()
    sent = {name: value.decode("latin-1") for name, value in scope["headers"]}
    request = HttpRequest()
    request.COOKIES = parse_cookie(sent.get(b"cookie", ""))
    request.META["HTTP_ACCEPT_LANGUAGE"] = sent.get(b"accept-language", "")
    return translation.get_language_from_request(request)


@lru_cache(maxsize=32)  # two pages in six languages
def _answer(why: Away, language: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    with translation.override(language):
        body = render_to_string("turned_away.html", {"why": why}).encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"content-language", language.encode()),
        (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"same-origin"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if why.status == BUSY.status:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_S))
    return headers, body
