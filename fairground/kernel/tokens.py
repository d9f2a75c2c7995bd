"""Signed tokens: passes, tickets, and whatever else must be checked without reading the database.

Layout before base64url: version (1 byte), purpose (1), key number (1), expiry in Unix seconds (4),
payload, and 16 bytes of keyed BLAKE2b (RFC 7693) over all of it. BLAKE2b and not HMAC, since OpenSSL's HMAC gives
up Python's lock each time, and the door would wait for the batcher to give it back (12 % of its time, measured).
Each purpose, audience and key number has its own key, derived from the installation's secret, so that no token can
stand in for another.
"""

import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass

from fairground.kernel.refusal import Refusal

_VERSION = 1
_HEAD = struct.Struct("!BBBI")
_MAC_BYTES = 16
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


class TokenForged(Refusal):
    """The token is not one of ours, or was changed."""


class TokenExpired(Refusal):
    """The token was good once."""


class TokenOfOtherPurpose(Refusal):
    """The token is for something else."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The key of one purpose, for one audience (a realm). Rotate by raising `number`, keeping the old key to check."""

    purpose: int
    number: int
    key: bytes

    @classmethod
    def derive(cls, *, secret: str, audience: str, purpose: int, number: int = 1) -> "TokenKey":
        """Return the key of this purpose and audience (one step of HKDF-Expand, RFC 5869)."""
        info = f"fairground/{audience}/{purpose}/{number}".encode()
        return cls(purpose, number, hmac.digest(hashlib.sha256(secret.encode()).digest(), info, "sha256"))

    def sign(self, payload: bytes, *, expires_at_s: int) -> str:
        """Return a token that carries `payload` until `expires_at_s`."""
        body = _HEAD.pack(_VERSION, self.purpose, self.number, expires_at_s) + payload
        mac = hashlib.blake2b(body, key=self.key, digest_size=_MAC_BYTES).digest()
        # `base64.urlsafe_b64encode` does the same in four times the time, and the door does it for each it sends away.
        return binascii.b2a_base64(body + mac, newline=False).translate(_TO_URL).rstrip(b"=").decode()

    def open(self, token: str | bytes, *, now_s: float) -> bytes:
        """Return the payload.

        :raises TokenForged: not a token, or its signature does not fit this purpose, audience and key
        :raises TokenOfOtherPurpose: the token says that it is for something else
        :raises TokenExpired: signed by us, too old
        """
        if isinstance(token, str):
            token = token.encode()
        try:
            raw = binascii.a2b_base64(token.translate(_FROM_URL) + b"=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            raise TokenForged from None
        if len(raw) < _HEAD.size + _MAC_BYTES:
            raise TokenForged
        body = raw[:-_MAC_BYTES]
        _, purpose, _, expires_at_s = _HEAD.unpack_from(body)
        if purpose != self.purpose:
            raise TokenOfOtherPurpose
        mac = hashlib.blake2b(body, key=self.key, digest_size=_MAC_BYTES).digest()
        if not hmac.compare_digest(mac, raw[-_MAC_BYTES:]):
            raise TokenForged
        if expires_at_s <= now_s:
            raise TokenExpired
        return body[_HEAD.size :]
