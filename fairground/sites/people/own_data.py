"""All that is kept on a person, as one JSON file that is written while it is read."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.serializers.json import DjangoJSONEncoder

from fairground.aftersales.personal_data import personal_cases
from fairground.carts.queries import goods_kept
from fairground.draws.queries import entries_of
from fairground.fulfilment.queries import personal_parcels, personal_withdrawals
from fairground.identity.queries import saved_addresses, shoppers_of, user_facts
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import statements
from fairground.orders.personal_data import personal_purchases
from fairground.payments.disputes import disputes_of_shoppers
from fairground.payments.queries import wallets_of
from fairground.payments.reading import gifts_of_shoppers, payments_of_shoppers
from fairground.promotions.queries import personal_coupons
from fairground.redpackets.queries import packets_of_shopper

# Before the first festival.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
# Each reads all transfers of the realm.
EXPORTS_AT_ONCE_MAX = 1
_reading = threading.BoundedSemaphore(EXPORTS_AT_ONCE_MAX)


class ExportUnderWay(Refusal):
    """Somebody else's wallets are being read; these may be asked for again in a moment."""


def read_wallets(*, user_id: int, now: datetime) -> list[dict[str, Any]]:
    """Return the statements of a person's wallets, for `write_own_data`: the one thing that may take long.

    :raises ExportUnderWay: this process reads `EXPORTS_AT_ONCE_MAX` others
    :raises StatementsTooSlow: it took too long
    """
    shopper_id = user_facts(user_id=user_id).shopper_id
    if shopper_id is None:
        return []
    if not _reading.acquire(blocking=False):
        raise ExportUnderWay
    try:
        wallets = wallets_of(shopper_ids=shoppers_of(shopper_id=shopper_id))
        addresses = [(wallet.lane, wallet.address) for wallet in wallets]
        said = map(asdict, statements(addresses=addresses, opens_at=_EVER, closes_at=now))
        return [
            {**one, "lines": [{**line, "kind": line["kind"].name.lower()} for line in one["lines"]]} for one in said
        ]
    finally:
        _reading.release()


def write_own_data(*, user_id: int, now: datetime, wallets: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the pieces of a JSON object with one list a kind of data; nothing else waits until all of it is there."""
    user = user_facts(user_id=user_id)
    shoppers = [] if user.shopper_id is None else shoppers_of(shopper_id=user.shopper_id)
    yield f'{{"written_at": {_json(now)}, "user": {_json(asdict(user))}'
    for name, entries in _KINDS.items():
        yield f",\n{_json(name)}: ["
        for number, entry in enumerate(entries(user_id, shoppers, now)):
            yield f"{',' if number else ''}\n  {_json(entry)}"
        yield "]"
    yield f",\n{_json('wallets')}: {_json(wallets)}}}\n"


def _addresses(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from EmailAddress.objects.filter(user_id=user_id).values("email", "verified", "primary")


def _keys(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    """Say which keys there are; what is secret in them is of no use to read."""
    for key in Authenticator.objects.filter(user_id=user_id):
        name = key.data.get("name", "") if key.type == Authenticator.Type.WEBAUTHN else ""
        yield {"type": key.type, "name": name, "created_at": key.created_at, "last_used_at": key.last_used_at}


def _providers(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    fields = ("provider", "uid", "date_joined", "last_login", "extra_data")
    yield from SocialAccount.objects.filter(user_id=user_id).values(*fields)


def _sessions(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    fields = ("created_at", "last_seen_at", "ip", "user_agent")
    yield from UserSession.objects.filter(user_id=user_id).values(*fields)


def _shoppers(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from map(str, shoppers)


def _purchases(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from personal_purchases(shopper_ids=shoppers)


def _parcels(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from personal_parcels(shopper_ids=shoppers)


def _withdrawals(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from personal_withdrawals(shopper_ids=shoppers)


def _saved_addresses(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    for one in saved_addresses(shopper_ids=shoppers):
        yield {**asdict(one), "id": str(one.id), "shopper_id": str(one.shopper_id)}


def _carts(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from goods_kept(shopper_ids=shoppers)


def _coupons(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from personal_coupons(shopper_ids=shoppers)


def _packets(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    for shopper_id in shoppers:
        for one in packets_of_shopper(shopper_id=shopper_id, packets_max=None):
            yield {**asdict(one), "packet_id": str(one.packet_id)}


def _draws(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from entries_of(shopper_ids=shoppers)


def _cases(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from personal_cases(shopper_ids=shoppers)


def _payments(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    for one in payments_of_shoppers(shopper_ids=shoppers, payments_max=None):
        yield {
            "id": str(one.id),
            "provider": one.provider,
            "purchase_id": None if one.purchase_id is None else str(one.purchase_id),
            "amount_minor": one.amount_minor,
            "currency": one.currency,
            "wallet_minor": one.wallet_minor,
            "state": one.state.name.lower(),
            "end": one.end.name.lower() if one.end else None,
            "begun_at": one.begun_at,
            "ended_at": one.ended_at,
        }


def _disputes(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    for one in disputes_of_shoppers(shopper_ids=shoppers):
        yield {
            "payment_id": str(one.payment_id),
            "provider": one.provider,
            "reason": one.reason,
            "amount_minor": one.amount_minor,
            "currency": one.currency,
            "state": one.state.name.lower(),
            "noted_at": one.noted_at,
            "ended_at": one.ended_at,
        }


def _gifts(user_id: int, shoppers: list[int], now: datetime) -> Iterator[Any]:
    yield from gifts_of_shoppers(shopper_ids=shoppers)


_KINDS: dict[str, Callable[[int, list[int], datetime], Iterator[Any]]] = {
    "e_mail_addresses": _addresses,
    "keys_to_sign_in": _keys,
    "sign_ins_by_others": _providers,
    "sessions": _sessions,
    "shopper_numbers": _shoppers,
    "saved_addresses": _saved_addresses,
    "cart_and_wish_list": _carts,
    "coupons": _coupons,
    "purchases": _purchases,
    "parcels": _parcels,
    "withdrawals": _withdrawals,
    "returns_and_claims": _cases,
    "red_packets": _packets,
    "entries_in_draws": _draws,
    "payments": _payments,
    "disputed_payments": _disputes,
    "gift_cards_and_credit": _gifts,
}


def _json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
