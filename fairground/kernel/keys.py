"""Keys that whoever draws one can draw alone: UUIDs of version 7, which begin with their millisecond."""

import secrets
from uuid import UUID


def draw_key(*, now_ms: int) -> UUID:
    """Return a UUIDv7 of this millisecond (RFC 9562)."""
    random = secrets.randbits(74)
    return UUID(int=now_ms << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & ((1 << 62) - 1))
