"""Asking Stripe: what its library raises as the two refusals, and what it answers as our own objects."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec
import stripe

from fairground.kernel.refusal import Refusal
from fairground.payments.providers.provider import ProviderRefused, ProviderShort, ProviderUnreachable

# What passes, or is ours to mend, by https://docs.stripe.com/error-codes: short of money in our balance there, which a
# day's takings or an operator fill again; and what says nothing about the payment.
_SHORT = frozenset({"balance_insufficient"})
_ABOUT_US = frozenset(
    {
        "account_invalid",
        "api_key_expired",
        "idempotency_key_in_use",
        "livemode_mismatch",
        "lock_timeout",
        "platform_api_key_expired",
        "rate_limit",
        "secret_key_required",
        "tls_version_unsupported",
    }
)
_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")
_KIND = TypeVar("_KIND")


@contextmanager
def asking() -> Iterator[None]:
    """Turn what the library raises into the two refusals; no text of Stripe's goes further than a code.

    A wrong key of ours is no answer to the payment: it is asked again once the operator has mended that.

    :raises ProviderRefused: Stripe says no
    :raises ProviderShort: it says no as long as our balance there is too small
    :raises ProviderUnreachable: it says nothing, or nothing that makes sense
    """
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        raise _refusal(_code(error)) from None
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


def _refusal(code: str) -> Refusal:
    if code in _SHORT:
        return ProviderShort(provider="stripe", reason=code)
    kind = ProviderUnreachable if code in _ABOUT_US else ProviderRefused
    return kind(provider="stripe", reason=code)


def _code(error: stripe.StripeError) -> str:
    code = error.code or type(error).__name__
    return code if _CODE.fullmatch(code) else "unnamed"
