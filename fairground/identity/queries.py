"""Reads about shoppers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from fairground.identity.models import SavedAddress, Shopper, User
from fairground.identity.rules import Address


@dataclass(frozen=True, slots=True)
class SavedAddressFacts:
    """An address that a shopper keeps."""

    id: int
    shopper_id: int
    address: Address
    is_default: bool
    used_at: datetime


@dataclass(frozen=True, slots=True)
class UserFacts:
    """Who signs in, and what that person chose; `language` and `market` are empty where nothing was chosen."""

    id: int
    email: str
    name: str
    shopper_id: int | None
    joined_at: datetime
    email_verified_at: datetime | None
    language: str
    market: str


def blocked_shopper_ids() -> frozenset[int]:
    """Return the ids of all blocked shoppers; a partial index holds only them."""
    return frozenset(Shopper.objects.filter(blocked_at__isnull=False).values_list("id", flat=True))


def shopper_is_verified(*, shopper_id: int) -> bool:
    """Return whether limited deals are open to this shopper."""
    return Shopper.objects.filter(id=shopper_id, verified=True).exists()


def shopper_may_win(*, shopper_id: int) -> bool:
    """Return whether this shopper may enter draws: verified, neither blocked nor erased."""
    return Shopper.objects.filter(
        id=shopper_id, verified=True, blocked_at__isnull=True, erased_at__isnull=True
    ).exists()


def shoppers_erased(*, shopper_ids: Collection[int]) -> frozenset[int]:
    """Return which of these shoppers were erased."""
    erased = Shopper.objects.filter(id__in=shopper_ids, erased_at__isnull=False)
    return frozenset(erased.values_list("id", flat=True))


def shoppers_of(*, shopper_id: int) -> list[int]:
    """Return the shopper and all guests that went into it, the shopper first: whose purchases are this person's."""
    merged = Shopper.objects.filter(merged_into_id=shopper_id).order_by("id")
    return [shopper_id, *merged.values_list("id", flat=True)]


def shoppers_now(*, shopper_ids: Collection[int]) -> dict[int, int]:
    """Return which shopper each of these is now: of a guest that went into another one that one, else itself."""
    merged = Shopper.objects.filter(id__in=shopper_ids, merged_into_id__isnull=False)
    now = {one: one for one in shopper_ids}
    for guest_id, merged_into_id in merged.values_list("id", "merged_into_id"):
        assert merged_into_id is not None, guest_id
        now[guest_id] = merged_into_id
    return now


def saved_addresses(*, shopper_ids: Collection[int]) -> list[SavedAddressFacts]:
    """Return what these shoppers keep, defaults first, then what was used last; one person may be several of them."""
    rows = SavedAddress.objects.filter(shopper_id__in=shopper_ids).order_by("-is_default", "-used_at", "-id")
    return [
        SavedAddressFacts(
            id=row.id,
            shopper_id=row.shopper_id,
            address=Address(**{**row.address, "lines": tuple(row.address["lines"])}),
            is_default=row.is_default,
            used_at=row.used_at,
        )
        for row in rows
    ]


def erased_since(*, moment: datetime) -> list[int]:
    """Return the shoppers that were erased since a moment."""
    return list(Shopper.objects.filter(erased_at__gte=moment).order_by("id").values_list("id", flat=True))


def user_facts(*, user_id: int) -> UserFacts:
    """Return what is kept of a user; the user exists."""
    names = UserFacts.__dataclass_fields__
    return UserFacts(*User.objects.values_list(*names).get(id=user_id))


@dataclass(frozen=True, slots=True, repr=False)
class ProvedMailbox:
    """The address by which somebody signs in, and the language chosen, "" where none is. It says nothing in logs."""

    email: str
    language: str


def proved_mailbox(*, shopper_id: int) -> ProvedMailbox | None:
    """Return where the user who is a shopper now is reached; None where there is none, or no address was proved."""
    now = shoppers_now(shopper_ids=[shopper_id])[shopper_id]
    users = User.objects.filter(shopper_id=now, is_active=True, email_verified_at__isnull=False)
    row = users.values_list("email", "language").first()
    return ProvedMailbox(*row) if row else None


def user_of_email(*, email: str) -> int | None:
    """Return the user who signs in with this address, or None."""
    return User.objects.filter(email=email.strip().lower()).values_list("id", flat=True).first()
