"""Requests that change something come from our own pages, or from no browser at all.

Pages are the same for everybody for a moment (pages.py), so their forms can't carry a token. The browser says itself
where a request comes from: `Sec-Fetch-Site` in all since 2023, `Origin` on every POST before that; no page can forge
either (W3C Fetch Metadata; OWASP, "Cross-Site Request Forgery Prevention"). Cookies are `SameSite=Lax` besides.
"""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)

_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_OURS = {"same-origin", "none"}


def same_origin(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return a middleware that refuses what another site's page wants changed here."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in _SAFE or _is_ours(request):
            return get_response(request)
        logger.warning("refused: %s %s asked by another site", request.method, request.path)
        return render(request, "403.html", status=403)

    return answer


def is_asked_by_us(request: HttpRequest) -> bool:
    """Return whether a link of ours, or nobody's, led to a GET: another site's page can't make a browser say so.

    A browser that does not say where it comes from names the page that it was on, or counts as sent by others.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OURS
    return urlsplit(request.headers.get("Referer", "")).netloc == request.get_host()


def _is_ours(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OURS
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()
