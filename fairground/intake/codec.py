"""What comes through the door and what goes back: JSON into requests, outcomes into JSON."""

import hashlib
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import asdict

from fairground.catalog.rules import LINES_MAX, QUANTITY_MAX
from fairground.checkout.rules.discounting import COUPONS_MAX, PACKETS_MAX
from fairground.checkout.rules.paying import Paid, PayRequest
from fairground.checkout.rules.placing import LineAsked, Placed, PlaceRequest
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import ID_DIGITS_MAX, ID_MAX, parse_id
from fairground.kernel.keys import draw_key
from fairground.kernel.refusal import Refusal
from fairground.orders.rules import Step
from fairground.promotions.rules.collecting import Collected, CollectRequest
from fairground.redpackets.rules import Grabbed, GrabRequest

KEY_AGE_MAX_MS = 24 * 3600 * 1000
# RFC 5321: a path has 256 octets, two of which are brackets.
EMAIL_LENGTH_MAX = 254
# Amounts in JSON stay below 2^53, so that every reader keeps them whole.
AMOUNT_MAX = 2**53 - 1

Id = Annotated[str, Meta(min_length=1, max_length=ID_DIGITS_MAX)]
Amount = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
Word = Annotated[str, Meta(max_length=80)]

_CHANNELS = {"web": 1, "app": 2, "store": 3, "api": 4, "live": 5}
_DEVICES = {"other": 0, "desktop": 1, "mobile": 2, "tablet": 3}
_CLAIMS = {"coupon": 1, "cart": 2, "click": 3}


class BadKey(Refusal):
    """The idempotency key is not a UUID of version 7 from within 24 hours of now."""


class BadBody(Refusal):
    """The body is not what it should be; `reason` says where."""


class _Line(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    sku: Id
    quantity: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
    unit_price_minor: Amount
    deal: Id | None = None


class _Address(Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    country: Annotated[str, Meta(min_length=2, max_length=2)]
    lines: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(min_length=1, max_length=4)]
    city: Word = ""
    region: Annotated[str, Meta(max_length=6)] = ""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""
    email: Annotated[str, Meta(max_length=EMAIL_LENGTH_MAX)] = ""


class _Creator(Struct, frozen=True, forbid_unknown_fields=True):
    id: Id
    claim: Literal["coupon", "cart", "click"]


class _PlaceBody(Struct, frozen=True, forbid_unknown_fields=True):
    market: Annotated[str, Meta(max_length=8)]
    currency: Annotated[str, Meta(min_length=3, max_length=3)]
    language: Annotated[str, Meta(min_length=2, max_length=12)]
    ship_to: _Address
    lines: Annotated[tuple[_Line, ...], Meta(min_length=1, max_length=LINES_MAX)]
    channel: Literal["web", "app", "store", "api", "live"] = "api"
    device: Literal["other", "desktop", "mobile", "tablet"] = "other"
    hall: Annotated[int, Meta(ge=1, le=32767)] | None = None
    creator: _Creator | None = None
    store: Id | None = None
    coupons: Annotated[tuple[Id, ...], Meta(max_length=COUPONS_MAX)] = ()
    packets: Annotated[tuple[Id, ...], Meta(max_length=PACKETS_MAX)] = ()
    discount_minor: Amount | None = None
    shipping_minor: Amount | None = None
    duties_minor: Amount | None = None


class _PayBody(Struct, frozen=True, forbid_unknown_fields=True):
    method: Literal["wallet"]
    amount_minor: Amount
    currency: Annotated[str, Meta(min_length=3, max_length=3)]


class _GrabBody(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class _CollectBody(Struct, frozen=True, forbid_unknown_fields=True):
    # Plain words alone: a batch's markets are sent as one array's text.
    market: Annotated[str, Meta(max_length=8, pattern=r"^[A-Za-z0-9_-]+\Z")]


_STATES = {step.value: step.name.lower() for step in Step}
_read_place = msgspec.json.Decoder(_PlaceBody).decode
_read_pay = msgspec.json.Decoder(_PayBody).decode
_read_grab = msgspec.json.Decoder(_GrabBody).decode
_read_collect = msgspec.json.Decoder(_CollectBody).decode
_write = msgspec.json.Encoder().encode


def parse_key(text: str, *, now_ms: int) -> bytes:
    """Return the 16 bytes of an `Idempotency-Key`.

    :raises BadKey: not a UUIDv7 (RFC 9562), or its time is further than 24 hours from now
    """
    try:
        key = bytes.fromhex(text.replace("-", ""))
    except ValueError:
        raise BadKey(reason="not a UUID") from None
    if len(key) != 16 or key[6] >> 4 != 7 or key[8] >> 6 != 2:  # noqa: PLR2004 - the layout in RFC 9562
        raise BadKey(reason="not a UUID of version 7")
    if abs(int.from_bytes(key[:6]) - now_ms) > KEY_AGE_MAX_MS:
        raise BadKey(reason="its time is more than 24 hours from now")
    return key


def new_key(*, now_ms: int) -> str:
    """Return an `Idempotency-Key`: a UUIDv7 of this millisecond (RFC 9562)."""
    return str(draw_key(now_ms=now_ms))


def _id(text: str) -> int:
    some_id = parse_id(text)
    if some_id is None:
        raise BadBody(reason=f"an id is a string of digits, at most {ID_MAX}, not {text!r}")
    return some_id


def _holds_nul(body: bytes, asked: _PlaceBody) -> bool:
    """Whether a text holds the one character that PostgreSQL can't store; a backslash before `u0000` is none."""
    return b"\\u0000" in body and b"\\u0000" in _write(asked).replace(b"\\\\", b"")


def read_place(body: bytes, *, shopper_id: int, verified: bool, key: bytes, arrived_at_ms: int) -> PlaceRequest:
    """Return the purchase that a body asks for. :raises BadBody: malformed, or out of the limits above."""
    try:
        asked = _read_place(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody(reason=str(error)) from None
    to = asked.ship_to
    if not (to.country.isascii() and to.country.isalpha() and to.country.isupper()):
        raise BadBody(reason="a country is two capital letters (ISO 3166-1)")
    if not (asked.currency.isascii() and to.region.isascii() and asked.language.isascii()):
        raise BadBody(reason="codes of currency, region and language are ASCII")
    if to.region and to.region != to.country and not to.region.startswith(to.country + "-"):
        # The region decides the tax, so it can't be one of another country.
        raise BadBody(reason="a region is the country itself or a part of it, such as US-CA (ISO 3166-2)")
    if _holds_nul(body, asked):
        raise BadBody(reason="a text holds the character NUL")
    lines = tuple(
        [
            LineAsked(_id(line.sku), _id(line.deal) if line.deal else None, line.quantity, line.unit_price_minor)
            for line in asked.lines
        ]
    )
    if len(lines) > 1 and len({(line.sku_id, line.deal_id) for line in lines}) < len(lines):
        raise BadBody(reason="a SKU stands in two lines; put them together")
    coupons, packets = tuple([_id(one) for one in asked.coupons]), tuple([_id(one) for one in asked.packets])
    if len(set(coupons)) < len(coupons) or len(set(packets)) < len(packets):
        raise BadBody(reason="a coupon or a red packet stands there twice")
    return PlaceRequest(
        shopper_id=shopper_id,
        verified=verified,
        key=key,
        request_hash=hashlib.blake2b(body, digest_size=16).digest(),
        arrived_at_ms=arrived_at_ms,
        market=asked.market,
        currency=asked.currency,
        language=asked.language,
        channel=_CHANNELS[asked.channel],
        device=_DEVICES[asked.device],
        entry_hall_id=asked.hall,
        creator_id=_id(asked.creator.id) if asked.creator else None,
        creator_claim=_CLAIMS[asked.creator.claim] if asked.creator else None,
        store_id=_id(asked.store) if asked.store else None,
        country=to.country,
        region=to.region or to.country,
        address=_write(to),
        lines=lines,
        coupons=coupons,
        packets=packets,
        discount_minor=asked.discount_minor,
        shipping_minor=asked.shipping_minor,
        duties_minor=asked.duties_minor,
    )


def read_pay(body: bytes, *, purchase_id: int, shopper_id: int, key: bytes, by_pass: bool = False) -> PayRequest:
    """Return the payment that a body asks for; `by_pass` as in `PayRequest`. :raises BadBody: malformed."""
    try:
        asked = _read_pay(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody(reason=str(error)) from None
    if not (asked.currency.isascii() and asked.currency.isalpha()):
        raise BadBody(reason="a currency is three letters (ISO 4217)")
    return PayRequest(
        shopper_id=shopper_id,
        key=key,
        request_hash=hashlib.blake2b(body, digest_size=16, key=purchase_id.to_bytes(8)).digest(),
        purchase_id=purchase_id,
        amount_minor=asked.amount_minor,
        currency=asked.currency,
        by_pass=by_pass,
    )


def read_grab(body: bytes, *, round_id: int, shopper_id: int, verified: bool, arrived_at_ms: int) -> GrabRequest:
    """Return the grab that a body asks for: it has none, or an object without fields. :raises BadBody: otherwise."""
    try:
        if body:
            _read_grab(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody(reason=str(error)) from None
    return GrabRequest(shopper_id, verified, round_id, arrived_at_ms)


def read_collect(body: bytes, *, promotion_id: int, shopper_id: int, verified: bool) -> CollectRequest:
    """Return the wish for a coupon that a body makes: it says in which market. :raises BadBody: malformed."""
    try:
        asked = _read_collect(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody(reason=str(error)) from None
    return CollectRequest(promotion_id, asked.market, shopper_id, verified)


class _OrderAnswer(Struct):
    order: str
    number: str
    merchant: str
    total_minor: int
    shipping_minor: int
    duties_minor: int


class _PlacedAnswer(Struct):
    purchase: str
    number: str
    state: str
    currency: str
    total_minor: int
    pay_before: str
    orders: list[_OrderAnswer]


class _PresaleAnswer(_PlacedAnswer):
    deposit_minor: int
    balance_minor: int
    balance_opens_at: str
    balance_closes_at: str


@lru_cache(maxsize=1024)  # a batch has one moment
def _moment(unix_ms: int) -> str:
    return from_unix_ms(unix_ms).isoformat(timespec="milliseconds")


def write_placed(placed: Placed) -> bytes:
    """Return the JSON that tells a shopper what was placed; of a presale also what is due when."""
    answer = _PlacedAnswer(
        purchase=str(placed.purchase_id),
        number=placed.number,
        state=_STATES[placed.state],
        currency=placed.currency,
        total_minor=placed.total_minor,
        pay_before=_moment(placed.pay_before_ms),
        orders=[
            _OrderAnswer(
                str(one.order_id),
                f"{placed.number}-{at}",
                str(one.merchant_id),
                one.total_minor,
                one.shipping_minor,
                one.duties_minor,
            )
            for at, one in enumerate(placed.orders, 1)
        ],
    )
    presale = placed.presale
    if presale is None:
        return _write(answer)
    return _write(
        _PresaleAnswer(
            **asdict(answer),
            deposit_minor=presale.deposit_minor,
            balance_minor=placed.total_minor - presale.deposit_minor,
            balance_opens_at=_moment(presale.balance_opens_at_ms),
            balance_closes_at=_moment(presale.balance_closes_at_ms),
        )
    )


def write_paid(paid: Paid) -> bytes:
    """Return the JSON that tells a shopper what was paid."""
    return _write(
        {
            "purchase": str(paid.purchase_id),
            "state": _STATES[paid.state],
            "currency": paid.currency,
            "paid_minor": paid.amount_minor,
            "paid_at": _moment(paid.paid_at_ms),
        }
    )


def write_grabbed(grabbed: Grabbed) -> bytes:
    """Return the JSON that tells a shopper what lies in the packet."""
    return _write(
        {
            "packet": str(grabbed.packet_id),
            "round": str(grabbed.round_id),
            "currency": grabbed.currency,
            "amount_minor": grabbed.amount_minor,
            "valid_until": _moment(grabbed.valid_until_ms),
        }
    )


def write_collected(collected: Collected) -> bytes:
    """Return the JSON that tells a shopper whose coupon it is that was collected."""
    return _write({"promotion": str(collected.promotion_id)})
