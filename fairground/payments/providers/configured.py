"""The providers that are set up, as one process asks them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from django.conf import settings

from fairground.payments.providers.alipay_plus import AlipayPlus
from fairground.payments.providers.keys import ProviderKeys
from fairground.payments.providers.provider import Provider
from fairground.payments.providers.stripe import Stripe


def configured_providers() -> Mapping[str, Provider]:
    """Return the providers that the operator set up, by code; none: empty. Nobody is asked anything yet."""
    return _providers_of(settings.PROVIDER_KEYS)


def alipay_plus_reading(folder: Path) -> Provider | None:
    """Return Alipay+ as it reads its reports out of a folder; None where it is not set up."""
    keys = settings.PROVIDER_KEYS.alipay_plus
    return AlipayPlus(replace(keys, reports=folder)) if keys else None


@cache
def _providers_of(keys: ProviderKeys) -> Mapping[str, Provider]:
    """Return them, once a process, so that connections are kept."""
    found: list[Provider] = []
    if keys.stripe:
        found.append(Stripe(keys.stripe))
    if keys.alipay_plus:
        found.append(AlipayPlus(keys.alipay_plus))
    return {provider.code: provider for provider in found}
