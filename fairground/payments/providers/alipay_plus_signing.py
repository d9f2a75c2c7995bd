"""Signatures of Alipay+ (Antom): RSA with SHA-256 over the path, who asks, when, and the body.

Source: https://docs.antom.com/ac/ams/digital_signature and https://docs.antom.com/ac/ams/api_fund.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote_plus, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

# A message of another time is one that somebody kept; both clocks may be a little off.
TOLERANCE_S = 300
KEY_BITS_MIN = 2048
_HEADER = re.compile(r"algorithm=RSA256, ?keyVersion=[0-9]{1,9}, ?signature=([A-Za-z0-9%+/=]{1,2048})")
_MILLISECONDS = re.compile(r"[0-9]{13}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")


def content_to_sign(*, path: str, client_id: str, time: str, body: bytes) -> bytes:
    """Return what is signed of a message, its time as it stands in the header."""
    return f"POST {path}\n{client_id}.{time}.".encode() + body


@dataclass(frozen=True, slots=True)
class Signer:
    """Our private key, and the number under which the provider knows its public half."""

    key: RSAPrivateKey = field(repr=False)
    key_version: int

    def header(self, content: bytes) -> str:
        """Return the header `signature` for a content."""
        signature = self.key.sign(content, PKCS1v15(), SHA256())
        text = quote_plus(base64.b64encode(signature))
        return f"algorithm=RSA256,keyVersion={self.key_version},signature={text}"


def is_signed(*, key: RSAPublicKey, header: str, content: bytes) -> bool:
    """Return whether a header `signature` is the key's owner's, of this content."""
    found = _HEADER.fullmatch(header)
    if not found:
        return False
    try:
        signature = base64.b64decode(unquote(found[1]), validate=True)
        key.verify(signature, content, PKCS1v15(), SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def is_of_now(*, time: str, now: datetime) -> bool:
    """Return whether a message's time, in milliseconds or by ISO 8601, is near enough."""
    if _MILLISECONDS.fullmatch(time):
        seconds = int(time) / 1000
    elif _ISO.fullmatch(time):
        try:
            seconds = datetime.fromisoformat(time).timestamp()
        except ValueError:
            return False
    else:
        return False
    return abs(timedelta(seconds=seconds - now.timestamp())) <= timedelta(seconds=TOLERANCE_S)


def private_key_of(text: str) -> RSAPrivateKey:
    """Return a private key from PEM, or from the bare base64 that the provider's tools show.

    :raises ValueError: it is no RSA key of 2048 bits or more
    """
    data = text.strip().encode()
    key = load_pem_private_key(data, None) if b"-----" in data else load_der_private_key(_bare(data), None)
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS_MIN:
        raise ValueError(f"a private key is an RSA key of {KEY_BITS_MIN} bits or more")
    return key


def public_key_of(text: str) -> RSAPublicKey:
    """Return a public key from PEM, or from the bare base64 that the provider's tools show.

    :raises ValueError: it is no RSA key of 2048 bits or more
    """
    data = text.strip().encode()
    key = load_pem_public_key(data) if b"-----" in data else load_der_public_key(_bare(data))
    if not isinstance(key, RSAPublicKey) or key.key_size < KEY_BITS_MIN:
        raise ValueError(f"a public key is an RSA key of {KEY_BITS_MIN} bits or more")
    return key


def _bare(data: bytes) -> bytes:
    return base64.b64decode(b"".join(data.split()), validate=True)
