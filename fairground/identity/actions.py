"""Writes of shoppers, their addresses, and the users who are one."""

import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Q

from fairground.identity.models import SavedAddress, Shopper, User
from fairground.identity.rules import Address
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.copying import copy_table
from fairground.kernel.edits import Act, By, require_reason, write_audit
from fairground.kernel.ids import IDS_PER_LANE_AND_MS, LANES, make_id
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import take_turn, writers_of_lanes

_SHOPPER_ROWS = copy_table("identity_shopper", {"id": "int8", "lane": "int2", "verified": "bool"})

# Home, work, parents and friends; what a page can show at once.
ADDRESSES_MAX = 20


class AddressBookFull(Refusal):
    """The shopper keeps as many addresses as one may; one must go before another comes."""


class NoSuchAddress(Refusal):
    """The shopper keeps no address with this id."""


def create_shoppers(*, count: int, now_ms: int, verified: bool = True) -> list[int]:
    """Make `count` shoppers, spread evenly over the lanes, and return their ids.

    The turn is taken only to draw ids; the rows are written after it, so that no order waits for them.
    """
    with transaction.atomic():
        turn = take_turn(
            writer_ids=writers_of_lanes(range(LANES)),
            now_ms=now_ms,
            ids_max=-(-count // LANES),
            outbox_rows=0,
        )
    ids = [turn.ids.draw(number % LANES) for number in range(count)]
    with transaction.atomic(), connection.cursor() as cursor:
        _SHOPPER_ROWS.write(
            cursor,
            [_SHOPPER_ROWS.row(shopper_id, number % LANES, verified) for number, shopper_id in enumerate(ids)],
        )
    return ids


def create_guest(*, now_ms: int) -> int:
    """Make a shopper who is not verified, and return the id; it waits for no batch.

    The lane and the place in the millisecond are drawn by chance, so that no writer's turn is needed; where the id is
    taken another one is drawn.
    """
    while True:
        lane = secrets.randbelow(LANES)
        shopper_id = make_id(unix_ms=now_ms, lane=lane, sequence=secrets.randbelow(IDS_PER_LANE_AND_MS))
        _, made = Shopper.objects.get_or_create(id=shopper_id, defaults={"lane": lane})
        if made:
            return shopper_id


def hold_shoppers(*shopper_ids: int) -> None:
    """Lock shoppers' rows until commit, by id, so that two tabs change addresses, carts or wishes one after another.

    Two at once would both find room for one more, or both a default.
    """
    rows = Shopper.objects.filter(id__in=shopper_ids).order_by("id").select_for_update(no_key=True)
    found = len(rows.values_list("id", flat=True))
    assert found == len(shopper_ids), shopper_ids


def save_address(*, shopper_id: int, address: Address, now: datetime) -> int:
    """Keep an address for a shopper's next purchase and return its id; the first one is the default.

    One that is kept already is only marked as used `now`.

    :raises AddressBookFull: there are `ADDRESSES_MAX`; nothing changed
    """
    with transaction.atomic():
        hold_shoppers(shopper_id)
        content = {name: value for name, value in asdict(address).items() if value}
        content["lines"] = list(address.lines)
        kept = SavedAddress.objects.filter(shopper_id=shopper_id)
        same = kept.filter(address=content).first()
        if same:
            kept.filter(id=same.id).update(used_at=now)
            return same.id
        count = kept.count()
        if count >= ADDRESSES_MAX:
            raise AddressBookFull(most=ADDRESSES_MAX)
        return SavedAddress.objects.create(
            shopper_id=shopper_id, address=content, is_default=count == 0, used_at=now, created_at=now
        ).id


def delete_address(*, shopper_id: int, address_id: int) -> None:
    """Forget an address of a shopper; if it was the default, the one used last is it from now on.

    :raises NoSuchAddress: this shopper has none with this id; nothing changed
    """
    with transaction.atomic():
        hold_shoppers(shopper_id)
        kept = SavedAddress.objects.filter(shopper_id=shopper_id)
        deleted, _ = kept.filter(id=address_id).delete()
        if not deleted:
            raise NoSuchAddress(address_id=address_id)
        if not kept.filter(is_default=True).exists():
            last = kept.order_by("-used_at", "-id").values("id")[:1]
            kept.filter(id__in=last).update(is_default=True)


def make_default(*, shopper_id: int, address_id: int) -> None:
    """Let an address be the one that a shopper's next purchase begins with.

    :raises NoSuchAddress: this shopper has none with this id; nothing changed
    """
    with transaction.atomic():
        hold_shoppers(shopper_id)
        kept = SavedAddress.objects.filter(shopper_id=shopper_id)
        if not kept.filter(id=address_id).exists():
            raise NoSuchAddress(address_id=address_id)
        kept.filter(is_default=True).exclude(id=address_id).update(is_default=False)
        kept.filter(id=address_id).update(is_default=True)


@dataclass(frozen=True, slots=True)
class Claim:
    """The shopper that the user is now; `merged`: the guest went into it, else the guest's row is it."""

    shopper_id: int
    merged: bool


def claim_guest(*, user_id: int, guest_id: int) -> Claim | None:
    """Give what a guest did to the user who signed in, and return how; None where there is nothing to be given.

    A user who is no shopper yet becomes this one; else the guest goes into the user's shopper. A guest that is somebody
    else's, went into another one, was erased or is blocked stays what it is. The same twice is one effect, and of two
    users who claim one guest at once the second gets nothing.

    Locks the user, then the guest.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user_id)
        guest = Shopper.objects.select_for_update().filter(id=guest_id).first()
        if guest is None or guest.blocked_at or guest.erased_at:
            return None
        if user.shopper_id == guest.id:
            return Claim(guest.id, merged=False)
        if guest.merged_into_id is not None:
            return Claim(guest.merged_into_id, merged=True) if guest.merged_into_id == user.shopper_id else None
        if User.objects.filter(shopper_id=guest.id).exists():
            return None
        if user.shopper_id is not None:
            Shopper.objects.filter(id=guest.id).update(merged_into_id=user.shopper_id)
            return Claim(user.shopper_id, merged=True)
        User.objects.filter(id=user.id).update(shopper_id=guest.id)
        Shopper.objects.filter(id=guest.id).update(verified=user.email_verified_at is not None)
        return Claim(guest.id, merged=False)


def make_user_a_shopper(*, user_id: int, now: datetime) -> int:
    """Return the shopper that the user is; who is none yet becomes one, verified if the e-mail is."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user_id)
        if user.shopper_id is None:
            user.shopper_id = create_guest(now_ms=to_unix_ms(now))
            Shopper.objects.filter(id=user.shopper_id).update(verified=user.email_verified_at is not None)
            user.save(update_fields=["shopper_id"])
        return user.shopper_id


def verify_user(*, user_id: int, now: datetime) -> None:
    """Note that the user has proved an address of e-mail; the shopper that the user is may buy limited deals."""
    with transaction.atomic():
        User.objects.filter(id=user_id, email_verified_at=None).update(email_verified_at=now)
        shopper = User.objects.filter(id=user_id, shopper_id__isnull=False).values("shopper_id")
        Shopper.objects.filter(id__in=shopper, verified=False).update(verified=True)


def keep_choice(*, user_id: int, language: str | None = None, market: str | None = None) -> None:
    """Keep which language and market a user chose, for the next device; None leaves what is kept."""
    chosen = {name: code for name, code in (("language", language), ("market", market)) if code is not None}
    if chosen:
        User.objects.filter(id=user_id).update(**chosen)


def rename_user(*, user_id: int, name: str) -> None:
    """Note how the user wants to be called; nothing for not at all."""
    User.objects.filter(id=user_id).update(name=name)


def hold_person(*, user_id: int) -> list[int]:
    """Lock a user and the shoppers that the user is or that went into that one, by id, until commit; return these."""
    user = User.objects.select_for_update().get(id=user_id)
    if user.shopper_id is None:
        return []
    theirs = Shopper.objects.filter(Q(id=user.shopper_id) | Q(merged_into_id=user.shopper_id))
    return list(theirs.order_by("id").select_for_update().values_list("id", flat=True))


def hold_unerased(*, shopper_ids: Collection[int]) -> list[int]:
    """Hold shoppers so that nobody erases them until commit, and return which of them were erased before.

    Shared with others who pay into wallets; it waits for an erasure that has begun.
    """
    with connection.cursor() as cursor:
        cursor.execute(load_sql("identity", "hold_unerased"), {"shopper_ids": array_text(shopper_ids)})
        return [shopper_id for shopper_id, is_erased in cursor.fetchall() if is_erased]


def erase_user(*, user_id: int, now: datetime) -> None:
    """Delete the user with all that hangs on it (addresses, passkeys, providers), and end the user's sessions.

    The shoppers that the user was stay as numbers, marked as erased.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(id=user_id)
        if user.shopper_id is not None:
            shoppers = Shopper.objects.filter(Q(id=user.shopper_id) | Q(merged_into_id=user.shopper_id))
            shoppers.update(erased_at=now)
            SavedAddress.objects.filter(shopper_id__in=shoppers.values("id")).delete()
        keys = UserSession.objects.filter(user_id=user_id).values_list("session_key", flat=True)
        Session.objects.filter(session_key__in=list(keys)).delete()
        user.delete()


def forget_guests_addresses(*, before: datetime, addresses_max: int) -> int:
    """Delete addresses of guests who have used none since `before`, at most so many; return how many there were."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(load_sql("identity", "forget_guests_addresses"), {"before": before, "rows_max": addresses_max})
        return int(cursor.rowcount)


def delete_old_sessions(*, now: datetime, sessions_max: int) -> int:
    """Delete sessions that are over, at most so many, with where they were from; return how many there were."""
    over = Session.objects.filter(expire_date__lt=now).order_by("expire_date").values_list("session_key", flat=True)
    keys = list(over[:sessions_max])
    UserSession.objects.filter(session_key__in=keys).delete()
    return Session.objects.filter(session_key__in=keys).delete()[0]


class NoSuchShopper(Refusal):
    """There is no shopper with this id."""


def set_blocked(*, shopper_id: int, blocked: bool, by: By) -> bool:
    """Block a shopper or lift the block, and return whether anything changed; doors know within a second.

    :raises ReasonMissing: nothing changed
    :raises NoSuchShopper: nothing changed
    """
    require_reason(by)
    with transaction.atomic():
        shopper = Shopper.objects.select_for_update().filter(id=shopper_id).first()
        if shopper is None:
            raise NoSuchShopper(shopper=shopper_id)
        if (shopper.blocked_at is not None) == blocked:
            return False
        Shopper.objects.filter(id=shopper_id).update(blocked_at=by.now if blocked else None)
        write_audit(by=by, acts=[Act("blocked" if blocked else "unblocked", "shopper", shopper_id)])
    return True
