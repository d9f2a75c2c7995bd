"""Asking a provider while somebody waits for the page: few at a time, as each takes a thread of those for pages."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from fairground.kernel.refusal import Refusal
from fairground.payments.providers import configured
from fairground.payments.providers.provider import Provider

# Of the eight threads for pages: a provider that hangs must leave the others to who only looks.
ASKED_AT_ONCE_MAX = 3
# Reloading a page does not ask the provider more often than this.
LOOK_EVERY_S = 3
_asking = threading.BoundedSemaphore(ASKED_AT_ONCE_MAX)
_HERE = {"127.0.0.1", "localhost", "::1"}


class ProvidersBusy(Refusal):
    """This process asks providers for as many others as it may."""


def providers_here() -> Mapping[str, Provider]:
    """Return the providers that pages may offer."""
    return configured.configured_providers()


@contextmanager
def asking() -> Iterator[Mapping[str, Provider]]:
    """Hold one of the places for who asks a provider.

    :raises ProvidersBusy: all are taken
    """
    if not _asking.acquire(blocking=False):
        raise ProvidersBusy
    try:
        yield providers_here()
    finally:
        _asking.release()


def may_look(payment_id: int) -> bool:
    """Return whether a page may look at its provider how a payment stands; it may again after `LOOK_EVERY_S`."""
    return cache.add(f"payment-look-{payment_id}", 1, timeout=LOOK_EVERY_S)


def address_outside(request: HttpRequest, path: str) -> str:
    """Return the address by which a provider leads somebody back to a page of ours."""
    return f"{settings.SITE_ADDRESS}{path}" if settings.SITE_ADDRESS else request.build_absolute_uri(path)


def leads_outside(url: str) -> bool:
    """Return whether a provider's address is one that we lead people to: by TLS, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
