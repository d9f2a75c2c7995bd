"""A shop, shoppers with passes, and the requests that they send to the door."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F

from fairground.intake.tokens import DoorKeys, Pass
from fairground.kernel.models import Writer
from tests.factories import SkuMade, give_wallet, make_market, make_merchant, make_shopper, make_sku, next_key
from tests.journeys.wire_http import Reply, exchange, http_request

ADDRESS: dict[str, Any] = {"name": "Ada", "country": "DE", "lines": ["Hauptstr. 1"], "city": "Berlin"}


def keys_of(realm: str = "real") -> DoorKeys:
    """Return the keys with which a realm's web processes sign and check."""
    return DoorKeys.of_realm(secret=settings.SECRET_KEY, realm=realm)


def pass_of(shopper_id: int, *, verified: bool = True, ttl_s: int = 600, realm: str = "real") -> str:
    """Return a pass for a shopper."""
    return keys_of(realm).sign_pass(Pass(shopper_id, verified), expires_at_s=int(time.time()) + ttl_s)


def new_key(*, age_ms: int = 0) -> str:
    """Return a UUIDv7 made `age_ms` before now."""
    return str(UUID(bytes=next_key(unix_ms=time.time_ns() // 1_000_000 - age_ms)))


def ask_door(
    port: int,
    path: str,
    *,
    shopper_id: int | None,
    verified: bool = True,
    body: bytes = b"",
    pieces: int = 1,
    key: str | None = None,
    changed: Mapping[str, str | None],
) -> Reply:
    """POST what a shopper asks for, a new one unless one is named; of the `changed` headers None is left out."""
    shopper_id = make_shopper(verified=verified) if shopper_id is None else shopper_id
    headers: dict[str, str | None] = {
        "host": f"127.0.0.1:{port}",
        "authorization": f"Bearer {pass_of(shopper_id, verified=verified)}",
        "idempotency-key": key or new_key(),
        "content-length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return exchange(port, http_request(method="POST", path=path, headers=headers, body=body), pieces=pieces)


def refusal_of(reply: Reply) -> tuple[int, str, dict[str, object]]:
    """Return the status of a refusal, its reason and its facts."""
    facts = {name: value for name, value in reply.json.items() if name not in {"type", "title", "status"}}
    return reply.status, reply.json["type"].removeprefix("/problems/"), facts


@dataclass(frozen=True, slots=True)
class ShopAtDoor:
    """What there is to buy, and who buys; `deal`, `early`, `closed` have a deal at 700: open, not yet, no more."""

    ports: list[int]
    chair: SkuMade
    deal: SkuMade
    early: SkuMade
    closed: SkuMade
    opens_at: datetime
    closed_at: datetime
    shopper_id: int
    blocked_id: int

    def send(
        self,
        *,
        path: str = "/v1/purchases",
        method: str = "POST",
        body: object = None,
        port: int | None = None,
        pieces: int = 1,
        changed: Mapping[str, str | None] | None = None,
        **headers: str | None,
    ) -> Reply:
        """Send what a shopper sends, with other headers where they are named (`content_type=`; None: left out).

        `changed` is a mapping of the same, for whoever has one.
        """
        port = self.ports[0] if port is None else port
        raw = body if isinstance(body, bytes) else json.dumps(self.purchase() if body is None else body).encode()
        sent: dict[str, str | None] = {
            "host": f"127.0.0.1:{port}",
            "content_type": "application/json",
            "authorization": f"Bearer {pass_of(self.shopper_id)}",
            "idempotency_key": new_key(),
            "content_length": str(len(raw)),
            **(changed or {}),
            **headers,
        }
        named = {name.replace("_", "-"): value for name, value in sent.items()}
        return exchange(port, http_request(method=method, path=path, headers=named, body=raw), pieces=pieces)

    def purchase(self, **changes: object) -> dict[str, Any]:
        """Return the body of a purchase of one chair, with changes."""
        return {
            "market": "EU",
            "currency": "EUR",
            "language": "en",
            "ship_to": ADDRESS,
            "lines": [self.line()],
            **changes,
        }

    def line(self, **changes: object) -> dict[str, Any]:
        """Return the line of one chair, with changes."""
        return {"sku": str(self.chair.id), "quantity": 1, "unit_price_minor": 1_000, **changes}

    @staticmethod
    def deal_line(sku: SkuMade, **changes: object) -> dict[str, Any]:
        """Return a line of one unit of a SKU's deal."""
        return {"sku": str(sku.id), "deal": str(sku.deal_id), "quantity": 1, "unit_price_minor": 700, **changes}


def make_shop_at_door(ports: list[int]) -> ShopAtDoor:
    """Fill the database with it."""
    now = datetime.now(UTC).replace(microsecond=0)
    opens_at, closed_at = now + timedelta(hours=1), now - timedelta(hours=1)
    make_market()
    merchant = make_merchant(lane=11)

    def deal(opens: datetime, closes: datetime) -> SkuMade:
        return make_sku(
            merchant=merchant, deal_price_minor=700, deal_units=50, buyer_limit=2, opens_at=opens, closes_at=closes
        )

    shopper_id = make_shopper(lane=4)
    give_wallet(shopper_id=shopper_id, amount_minor=5_000)
    shop = ShopAtDoor(
        ports=ports,
        chair=make_sku(merchant=merchant, units=50),
        deal=deal(now - timedelta(hours=2), opens_at),
        early=deal(opens_at, opens_at + timedelta(hours=1)),
        closed=deal(now - timedelta(hours=2), closed_at),
        opens_at=opens_at,
        closed_at=closed_at,
        shopper_id=shopper_id,
        blocked_id=make_shopper(blocked_at=now),
    )
    # The processes may have looked at the empty database already: what comes behind their backs raises no version.
    Writer.objects.update(offers_version=F("offers_version") + 1)
    return shop
