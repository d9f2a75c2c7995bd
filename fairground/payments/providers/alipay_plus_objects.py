"""What of Alipay+'s answers is read, and where a payment stands by them.

Source: https://docs.antom.com/ac/ams/payment_cashier, https://docs.antom.com/ac/ams/paymentri_online,
https://docs.antom.com/ac/ams/refund_online, https://docs.antom.com/ac/ams/ir_online,
https://docs.antom.com/ac/ref/cc (amounts: ISO 4217's smallest units).
"""

from typing import Annotated

from msgspec import Meta, Struct

from fairground.payments.providers.addresses import is_safe_address
from fairground.payments.providers.provider import At, ProviderUnreachable, Returned, Standing

Id = Annotated[str, Meta(max_length=64)]
# What is ours to mend, or to wait out, says nothing about the payment.
CODES_ABOUT_US = frozenset(
    {
        "ACCESS_DENIED",
        "INVALID_CLIENT",
        "INVALID_SIGNATURE",
        "KEY_NOT_FOUND",
        "MEDIA_TYPE_NOT_ACCEPTABLE",
        "METHOD_NOT_SUPPORTED",
        "NO_INTERFACE_DEF",
        "REQUEST_TRAFFIC_EXCEED_LIMIT",
    }
)


# Of a refund: our balance there is too small, or people have to look at it; no money has moved.
REFUND_CODES_THAT_PASS = frozenset({"MERCHANT_BALANCE_NOT_ENOUGH", "PROCESS_FAIL"})


class Result(Struct, frozen=True, rename="camel"):
    """S: it was done; F: it was not; U: nobody knows yet."""

    result_status: str
    result_code: Annotated[str, Meta(pattern="^[A-Z0-9_]{1,64}$")]


class Amount(Struct, frozen=True):
    """An amount in the smallest units of its currency."""

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    value: Annotated[int, Meta(ge=0, le=10**15)]


class Said(Struct, frozen=True, rename="camel"):
    """An answer to any question: which fields it has depends on that."""

    result: Result
    payment_id: Id = ""
    payment_request_id: Id = ""
    payment_amount: Amount | None = None
    payment_status: str = ""
    payment_result_code: str = ""
    normal_url: str | None = None
    refund_id: Id = ""
    refund_request_id: Id = ""
    refund_amount: Amount | None = None
    refund_status: str = ""


class Told(Struct, frozen=True, rename="camel"):
    """What of a notice is believed: what it is about. How that stands is asked for."""

    notify_type: Annotated[str, Meta(pattern="^[A-Z_]{1,32}$")]
    result: Result
    payment_id: Id = ""
    payment_request_id: Id = ""
    refund_id: Id = ""
    refund_request_id: Id = ""


_STANDS_AT = {
    "SUCCESS": At.CAPTURED,
    "FAIL": At.FAILED,
    "PROCESSING": At.WAITING,
    # The shopper is done, and the money is on its way.
    "PENDING": At.WAITING,
    "CANCELLED": At.VOIDED,
}


def standing_of(said: Said, *, key: str, status: str) -> Standing:
    """Return how a payment stands by an answer about it.

    :raises ProviderUnreachable: it makes no sense, or is about another payment
    """
    at = _STANDS_AT.get(status)
    if at is None or said.payment_amount is None or not said.payment_id:
        raise ProviderUnreachable(provider="alipay_plus", reason="nonsense")
    if key and said.payment_request_id not in ("", key):
        raise ProviderUnreachable(provider="alipay_plus", reason="another-payment")
    url = said.normal_url or ""
    if url and not is_safe_address(url):
        raise ProviderUnreachable(provider="alipay_plus", reason="redirect")
    return Standing(
        ref=said.payment_id,
        at=at,
        amount_minor=said.payment_amount.value,
        currency=said.payment_amount.currency,
        redirect_url=url if at is At.WAITING else "",
        reason=said.payment_result_code if at is At.FAILED else "",
    )


def returned_of(said: Said, *, refund_key: str, status: str) -> Returned:
    """Return how a refund stands by an answer about it.

    :raises ProviderUnreachable: it makes no sense, or is about another refund
    """
    if status not in ("SUCCESS", "PROCESSING", "FAIL") or said.refund_amount is None or not said.refund_id:
        raise ProviderUnreachable(provider="alipay_plus", reason="nonsense")
    if said.refund_request_id not in ("", refund_key):
        raise ProviderUnreachable(provider="alipay_plus", reason="another-refund")
    return Returned(
        ref=said.refund_id,
        amount_minor=said.refund_amount.value,
        currency=said.refund_amount.currency,
        done=status == "SUCCESS",
        failed=status == "FAIL",
    )
