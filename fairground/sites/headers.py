"""Headers that every answer of Django's carries."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# Everything comes from the site itself, as files: no inline script or style, no frame around a page or in it.
# A form leads elsewhere only to who signs people in for us (FAIRGROUND_OIDC): browsers look at where it ends, too.
# JSON-LD stands in a script element and is data: a browser never runs it, so the policy does not look at it.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect")),
        "frame-ancestors 'none'",
        "base-uri 'none'",
        " ".join(["form-action 'self'", *settings.OIDC_ORIGINS]),
    ]
)

# A year, as long as lists of such sites ask for; who came once asks by TLS alone, whatever a link says (RFC 6797).
STRICT_TRANSPORT_SECURITY = f"max-age={365 * 86_400}"


def safe_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return a middleware that adds the content security policy, and `no-store` where the page says nothing else.

    Where the site's address is https, no browser that was here asks for it without TLS any more.
    A page that the browser kept would show a server's time that has passed.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.SITE_ADDRESS.startswith("https:"):
            response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY
        return response

    return answer
