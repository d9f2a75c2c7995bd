"""Asking Stripe: what its library raises as the two refusals, and what it answers as our own objects."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec
import stripe

from fairground.payments.providers.provider import ProviderRefused, ProviderUnreachable

_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")
_KIND = TypeVar("_KIND")


@contextmanager
def asking() -> Iterator[None]:
    """Turn what the library raises into the two refusals; no text of Stripe's goes further than a code.

    A wrong key of ours is no answer to the payment: it is asked again once the operator has mended that.

    :raises ProviderRefused: Stripe says no
    :raises ProviderUnreachable: it says nothing, or nothing that makes sense
    """
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        raise ProviderRefused(provider="stripe", reason=_code(error)) from None
    except stripe.StripeError as error:
        raise ProviderUnreachable(provider="stripe", reason=type(error).__name__) from None
    except msgspec.ValidationError:
        raise ProviderUnreachable(provider="stripe", reason="nonsense") from None


def read(made: stripe.StripeObject, kind: type[_KIND]) -> _KIND:
    """Return what of an answer is read, from the answer itself: the library's objects check no types.

    :raises msgspec.ValidationError: it is not of that kind
    """
    assert made.last_response is not None
    return msgspec.convert(made.last_response.data, kind)


def _code(error: stripe.StripeError) -> str:
    code = error.code or type(error).__name__
    return code if _CODE.fullmatch(code) else "unnamed"
