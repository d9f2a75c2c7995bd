"""Which providers the operator set up: one file each, which holds secrets and which nobody else may read."""

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fairground.payments.providers.addresses import is_loopback, is_safe_address
from fairground.payments.providers.alipay_plus_signing import Signer, private_key_of, public_key_of
from fairground.payments.providers.keys import STRIPE_API, AlipayPlusKeys, ProviderKeys, StripeKeys

_WORD = re.compile(r"[A-Za-z0-9_]{1,255}")


class _StripeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    secret_key: str
    webhook_secrets: list[str]
    base_url: str = STRIPE_API
    means: str = ""


class _AlipayPlusFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    client_id: str
    private_key: str
    alipay_public_key: str
    base_url: str
    notify_url: str
    key_version: int = 1
    means: str = "ALIPAY_CN"
    reports: str = ""
    report_in_minor_units: bool = False


def read_provider_keys(*, files: Mapping[str, str], is_real: bool) -> ProviderKeys:
    """Return the keys in these files, by a provider's code; "" is none.

    Where it is not the real realm, providers on this machine alone are left: a demo never reaches a real one.

    :raises ValueError: a file may be read by others, or is not as documented; its contents are never told
    """
    stripe = _stripe(files["stripe"]) if files.get("stripe") else None
    alipay_plus = _alipay_plus(files["alipay_plus"]) if files.get("alipay_plus") else None
    return ProviderKeys(
        stripe=stripe if stripe and (is_real or is_loopback(stripe.base_url)) else None,
        alipay_plus=alipay_plus if alipay_plus and (is_real or is_loopback(alipay_plus.base_url)) else None,
    )


def _stripe(name: str) -> StripeKeys:
    try:
        found = msgspec.json.decode(_private(name), type=_StripeFile)
    except msgspec.DecodeError as error:
        raise ValueError(f"{name}: {error}") from None
    words = [found.secret_key, *found.webhook_secrets]
    if not found.webhook_secrets or not all(_WORD.fullmatch(word) for word in words):
        raise ValueError(f"{name}: secret_key and webhook_secrets are words of letters, digits and _")
    if found.means and not _WORD.fullmatch(found.means):
        raise ValueError(f"{name}: means is a word of Stripe's for what is paid with, such as paypal")
    return StripeKeys(
        secret_key=found.secret_key,
        webhook_secrets=tuple(found.webhook_secrets),
        base_url=_address(name, "base_url", found.base_url),
        means=found.means,
    )


def _alipay_plus(name: str) -> AlipayPlusKeys:
    try:
        found = msgspec.json.decode(_private(name), type=_AlipayPlusFile)
    except msgspec.DecodeError as error:
        raise ValueError(f"{name}: {error}") from None
    try:
        signer = Signer(private_key_of(found.private_key), found.key_version)
        their_key = public_key_of(found.alipay_public_key)
    except (ValueError, TypeError):
        # What is said of a key that can't be read might show some of it.
        raise ValueError(f"{name}: private_key and alipay_public_key are RSA keys of 2048 bits or more") from None
    if not _WORD.fullmatch(found.client_id):
        raise ValueError(f"{name}: client_id is a word of letters, digits and _")
    return AlipayPlusKeys(
        client_id=found.client_id,
        signer=signer,
        their_key=their_key,
        base_url=_address(name, "base_url", found.base_url),
        notify_url=_address(name, "notify_url", found.notify_url, with_path=True),
        means=found.means,
        reports=Path(found.reports) if found.reports else None,
        report_in_minor_units=found.report_in_minor_units,
    )


def _private(name: str) -> bytes:
    path = Path(name)
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ValueError(f"{name} holds secrets, and others may read it: chmod 600 it")
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{name} can't be read: {error.strerror}") from None


def _address(name: str, what: str, address: str, *, with_path: bool = False) -> str:
    parts = urlsplit(address) if is_safe_address(address) else None
    if parts is None or parts.username or parts.fragment or (parts.path.strip("/") and not with_path):
        raise ValueError(
            f"{name}: {what} is an address like https://pay.example, by HTTPS unless it is on this machine"
        )
    return address if with_path else f"{parts.scheme}://{parts.netloc}"
