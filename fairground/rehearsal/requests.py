"""From what somebody asks for to the bytes of an HTTP request, and what the answer should be."""

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

import msgspec

from fairground.rehearsal.goods import Good, Goods


class Expect(Enum):
    """What must become of a request: the problem types that are right answers; without one it must be placed."""

    PLACED = ()
    PLACED_OR_SOLD_OUT = ("sold-out",)
    OVER_LIMIT = ("buyer-limit-reached",)
    NOT_OPEN = ("deal-not-open",)
    UNKNOWN_SKU = ("unknown-sku",)
    WRONG_CURRENCY = ("wrong-currency",)
    PRICE_CHANGED = ("price-changed",)
    ZERO_QUANTITY = ("bad-body",)
    MALFORMED = ("bad-body", "body")
    FORGED_PASS = ("token-forged",)
    EXPIRED_PASS = ("token-expired",)
    OLD_KEY = ("bad-key",)

    @property
    def is_invalid(self) -> bool:
        """Whether the request is wrong in itself."""
        return self not in _WELL_FORMED


_WELL_FORMED = {Expect.PLACED, Expect.PLACED_OR_SOLD_OUT, Expect.OVER_LIMIT, Expect.NOT_OPEN}


@dataclass(frozen=True, slots=True)
class AskedLine:
    """So many units of a good."""

    good: Good
    quantity: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of one shopper (a number), due so many seconds after the start.

    `coupons` are promotions by the plan's numbers, `packets` red packets by the realm's ids; `discount_minor` is what
    must be taken off, None: nobody says.
    """

    shopper: int
    country: str
    market: str
    device: str
    channel: str
    lines: tuple[AskedLine, ...]
    due_s: float
    expect: Expect
    key: uuid.UUID | None = None
    first: "Ask | None" = None
    coupons: tuple[int, ...] = ()
    discount_minor: int | None = None
    packets: tuple[int, ...] = ()

    def again(self, due_s: float) -> "Ask":
        """The same request with the same key, later."""
        return replace(self, due_s=due_s, first=self)

    def more(self, due_s: float) -> "Ask":
        """The same goods with a new key, later: more than one buyer may have, and coupons are used up."""
        return replace(self, due_s=due_s, expect=Expect.OVER_LIMIT, coupons=(), discount_minor=None, packets=())

    def total_max_minor(self) -> int:
        """What it can cost at the most: prices with the highest tax on top."""
        return sum(line.good.prices_minor[self.market] * line.quantity for line in self.lines) * 14 // 10


def new_key(unix_ms: int) -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562) made in a millisecond."""
    bits = unix_ms << 80 | int.from_bytes(os.urandom(10))
    bits = bits & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=bits & ~(3 << 62) | 2 << 62)


class RequestWriter:
    """Writes requests for one host. `sign` mints a pass for a shopper's id: (shopper id, seconds it is still good).

    `promotion_ids` are the realm's promotions by the plan's numbers.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        goods: Goods,
        shopper_ids: list[int],
        sign: Callable[[int, int], str],
        promotion_ids: Mapping[int, int] | None = None,
    ) -> None:
        self._host, self._goods, self._sign = f"{host}:{port}", goods, sign
        self._shopper_ids = shopper_ids
        self._promotion_ids = promotion_ids or {}
        self._encode = msgspec.json.Encoder().encode

    def place(self, ask: Ask, *, key: uuid.UUID) -> bytes:
        """Return `POST /v1/purchases` for what is asked, wrong in the way that `ask.expect` says."""
        expect = ask.expect
        currency = self._goods.currency_of_market[ask.market]
        body = self._encode(
            {
                "market": ask.market,
                "currency": "XXX" if expect is Expect.WRONG_CURRENCY else currency,
                "language": self._goods.language_of_market[ask.market],
                "channel": ask.channel,
                "device": ask.device,
                "ship_to": {
                    "name": f"Shopper {ask.shopper}",
                    "country": ask.country,
                    "city": "Fairtown",
                    "postal_code": f"{ask.shopper % 100_000:05}",
                    "lines": [f"{ask.shopper % 300} Lantern Street"],
                },
                "lines": [self._line(line, ask) for line in ask.lines],
                **self._wishes(ask),
            }
        )
        if expect is Expect.MALFORMED:
            body = body[:-2]
        pass_ttl_s = -60 if expect is Expect.EXPIRED_PASS else 3600
        token = self._sign(self._shopper_ids[ask.shopper], pass_ttl_s)
        if expect is Expect.FORGED_PASS:
            token = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
        if expect is Expect.OLD_KEY:
            key = new_key((key.int >> 80) - 3 * 86_400_000)
        return self._request("/v1/purchases", token, key, body)

    def facts(self, ask: Ask) -> dict[str, object]:
        """Return what the request asked for, as it was sent, for the journal of refusals."""
        wrong = ask.expect is Expect.WRONG_CURRENCY
        return {
            "shopper": str(self._shopper_ids[ask.shopper]),
            "market": ask.market,
            "currency": "XXX" if wrong else self._goods.currency_of_market[ask.market],
            "country": ask.country,
            "lines": [self._line(line, ask) for line in ask.lines],
        }

    def pay(self, *, purchase_id: str, shopper: int, amount_minor: int, currency: str, key: uuid.UUID) -> bytes:
        """Return `POST /v1/purchases/{id}/payment` from the wallet."""
        body = self._encode({"method": "wallet", "amount_minor": amount_minor, "currency": currency})
        token = self._sign(self._shopper_ids[shopper], 3600)
        return self._request(f"/v1/purchases/{purchase_id}/payment", token, key, body)

    def grab(self, *, round_id: int, shopper: int, key: uuid.UUID) -> bytes:
        """Return `POST /v1/rounds/{id}/packet`."""
        token = self._sign(self._shopper_ids[shopper], 3600)
        return self._request(f"/v1/rounds/{round_id}/packet", token, key, b"{}")

    def collect(self, *, promotion_id: int, market: str, shopper: int, key: uuid.UUID) -> bytes:
        """Return `POST /v1/coupons/{id}`."""
        token = self._sign(self._shopper_ids[shopper], 3600)
        return self._request(f"/v1/coupons/{promotion_id}", token, key, self._encode({"market": market}))

    def _line(self, line: AskedLine, ask: Ask) -> dict[str, object]:
        price_minor = line.good.prices_minor[ask.market]
        unknown = ask.expect is Expect.UNKNOWN_SKU
        return {
            "sku": str(line.good.sku_id + 4000 if unknown else line.good.sku_id),
            "deal": None if unknown or line.good.deal_id is None else str(line.good.deal_id),
            "quantity": 0 if ask.expect is Expect.ZERO_QUANTITY else line.quantity,
            "unit_price_minor": price_minor + 1 if ask.expect is Expect.PRICE_CHANGED else price_minor,
        }

    def _wishes(self, ask: Ask) -> dict[str, object]:
        """The coupons, the packets and the discount seen; a request without them is as short as ever."""
        wishes: dict[str, object] = {}
        if ask.coupons:
            wishes["coupons"] = [str(self._promotion_ids[number]) for number in ask.coupons]
        if ask.packets:
            wishes["packets"] = list(map(str, ask.packets))
        if ask.discount_minor is not None:
            wishes["discount_minor"] = ask.discount_minor
        return wishes

    def _request(self, path: str, token: str, key: uuid.UUID, body: bytes) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body
