"""What only a demo shows, and only to who sits at its machine: the styleguide, the back office."""

from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.request import split_domain_port

_OF_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


def require_private_demo(request: HttpRequest) -> None:
    """Return where this is a demo that nobody reaches from outside; anywhere else there is nothing at this address.

    All of it must hold: the realm is the demo, its database is our own, every name that the site answers to and the
    one that was asked for are loopback, and so are the addresses between which the request came (a Host header is only
    what somebody wrote), and no proxy says that it passed it on. One that says nothing can't be seen.

    :raises Http404: it is not such a demo
    """
    if not is_private_demo(request):
        raise Http404


def is_private_demo(request: HttpRequest) -> bool:
    """Return whether this is a demo that nobody reaches from outside; see `require_private_demo`."""
    asked = split_domain_port(request.get_host())[0]
    named = [asked, *settings.ALLOWED_HOSTS, request.META["SERVER_NAME"], request.META["REMOTE_ADDR"]]
    passed_on = any(name in request.headers for name in _OF_PROXIES)
    if passed_on:
        return False
    return bool(settings.REALM.is_demo and settings.DATABASE_IS_OURS and all(map(is_loopback, named)))


def is_loopback(host: str) -> bool:
    """Return whether a host's name or address is this machine's and reached from nowhere else."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
