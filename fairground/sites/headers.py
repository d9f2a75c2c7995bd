"""Headers that every answer of Django's carries."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

# Everything comes from the site itself, as files: no inline script or style, no frame around a page or in it.
# JSON-LD stands in a script element and is data: a browser never runs it, so the policy does not look at it.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect")),
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ]
)

Answering = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]


@sync_and_async_middleware
def safe_headers(get_response: Answering) -> Answering:
    """Return a middleware that adds the content security policy, and `no-store` where the page says nothing else.

    A page that the browser kept would show a server's time that has passed.
    """

    def add_to(response: HttpResponse) -> HttpResponse:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            return add_to(await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        return add_to(get_response(request))  # type: ignore[arg-type]  # the other kind went above

    return answer
