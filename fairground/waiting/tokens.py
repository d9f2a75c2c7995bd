"""What somebody was told of their place, signed, so that the browser can keep it: no row is written for a look."""

import struct

from fairground.kernel.tokens import TokenExpired, TokenForged, TokenKey, TokenOfOtherPurpose
from fairground.waiting.rules import Told

TOLD_PURPOSE = 3
# As long as a ticket is good (intake/tokens.py): longer than the longest line.
TOLD_TTL_S = 6 * 3600
_TOLD = struct.Struct("!qqqqqq?")
_UNKNOWN = -1


def told_key(*, secret: str, realm: str) -> TokenKey:
    """Return the key of a realm."""
    return TokenKey.derive(secret=secret, audience=realm, purpose=TOLD_PURPOSE)


def sign_told(told: Told, *, key: TokenKey, shopper_id: int, number: int) -> str:
    """Return what was told of a number in the line, as its shopper's browser keeps it."""
    soonest_ms = _UNKNOWN if told.soonest_ms is None else told.soonest_ms
    latest_ms = _UNKNOWN if told.latest_ms is None else told.latest_ms
    payload = _TOLD.pack(shopper_id, number, told.place, soonest_ms, latest_ms, told.at_ms, told.is_slower)
    return key.sign(payload, expires_at_s=told.at_ms // 1000 + TOLD_TTL_S)


def open_told(token: str, *, key: TokenKey, shopper_id: int, number: int, now_s: float) -> Told | None:
    """Return what was told of this shopper's number before; None where nothing was, or of another one."""
    try:
        payload = key.open(token, now_s=now_s)
    except (TokenForged, TokenExpired, TokenOfOtherPurpose):
        return None
    if len(payload) != _TOLD.size:
        return None
    whose, of, place, soonest_ms, latest_ms, at_ms, is_slower = _TOLD.unpack(payload)
    if (whose, of) != (shopper_id, number):
        return None
    if _UNKNOWN in {soonest_ms, latest_ms}:
        return Told(place, None, None, at_ms)
    return Told(place, soonest_ms, latest_ms, at_ms, is_slower)
