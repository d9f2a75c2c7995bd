"""The choice of market and language at the foot of a page: by choice, never by force, so no page asks where one is."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from fairground.identity.actions import keep_choice
from fairground.markets.queries import market_facts
from fairground.sites.chosen import set_choice
from fairground.sites.same_origin import is_asked_by_us
from fairground.sites.visitor import user_of

# Of another choice, of a list that another market cuts into other pages, or a price that is another one there.
_LEFT_BEHIND = {"market", "lang", "page", "price"}


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the chosen market and language for a year, and lead back to the page where they were chosen.

    A user's choice is kept with the user, too, for other devices, unless another site's link or picture asked for it.
    Its address carries the choice too, for who takes no cookies. What there is not to choose is left out.
    """
    offered = {"market": {market.code for market in market_facts()}, "lang": set(dict(settings.LANGUAGES))}
    chosen = {name: request.GET[name] for name, codes in offered.items() if request.GET.get(name) in codes}
    response = HttpResponseRedirect(_page_of_ours(request.GET.get("next", ""), chosen))
    set_choice(request, response, chosen)
    user_id = user_of(request)
    if user_id is not None and is_asked_by_us(request):
        keep_choice(user_id=user_id, language=chosen.get("lang"), market=chosen.get("market"))
    return response


def _page_of_ours(address: str, chosen: dict[str, str]) -> str:
    """Return the address with the choice in its query; the home page in place of one that leads out of the site."""
    if not (address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)):
        address = "/"
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name not in _LEFT_BEHIND]
    return urlunsplit(("", "", parts.path, urlencode([*query, *chosen.items()]), ""))
