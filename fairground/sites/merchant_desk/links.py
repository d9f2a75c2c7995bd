"""The link of a letter: it opens one case to one merchant without a sign-in, until some days after its deadline.

Who has it is the merchant, as who reads its letters is; so it opens nothing else, and a change of the contact ends it.
"""

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from fairground.kernel.tokens import TokenExpired, TokenForged, TokenKey, TokenOfOtherPurpose

LINK_PURPOSE = 4
# After its deadline a case is decided by itself, by the other side or by the operator; the next letter has a new link.
LINK_DAYS = 14
_LINK = struct.Struct("!qqi")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link opens: a case, to its merchant, while the contact is of this version."""

    case_id: int
    merchant_id: int
    version: int


def link_ends_at(*, due_at: datetime | None, now: datetime) -> datetime:
    """Return until when a link works that is sent now about a case with this deadline."""
    return max(due_at or now, now) + timedelta(days=LINK_DAYS)


def sign_link(link: Link, *, ends_at: datetime) -> str:
    """Return the link as it stands in an address."""
    payload = _LINK.pack(link.case_id, link.merchant_id, link.version)
    return _key().sign(payload, expires_at_s=int(ends_at.timestamp()))


def open_link(token: str, *, now: datetime) -> Link | None:
    """Return what a link opens; None where it is none of ours, of another realm, or too old."""
    if not token.isascii():
        return None
    try:
        payload = _key().open(token, now_s=now.timestamp())
    except (TokenForged, TokenExpired, TokenOfOtherPurpose):
        return None
    return Link(*_LINK.unpack(payload)) if len(payload) == _LINK.size else None


def is_ours(token: str, *, now: datetime) -> bool:
    """Return whether a link is one that we signed and that lasts; whether it opens a case still, only its rows say."""
    return open_link(token, now=now) is not None


def _key() -> TokenKey:
    return TokenKey.derive(secret=settings.SECRET_KEY, audience=settings.REALM.name, purpose=LINK_PURPOSE)
