"""Every request that the door refuses: how it is sent, and the status, problem type and facts of the answer."""

import json
import time
from collections.abc import Callable
from typing import Any

from fairground.intake.tokens import Ticket
from tests.journeys.shop_at_door import ADDRESS, ShopAtDoor, keys_of, new_key, pass_of
from tests.journeys.wire_http import Reply, chunked


def expired_ticket() -> str:
    return keys_of().sign_ticket(Ticket(1, b"\0" * 16, 0, 5), now_s=time.time() - 86_400)


def some_ticket(*, realm: str = "real") -> str:
    return keys_of(realm).sign_ticket(Ticket(1, b"\0" * 16, 0, 5), now_s=time.time())


def no_facts(shop: ShopAtDoor) -> dict[str, Any]:
    """The type says it all."""
    return {}


Send = Callable[[ShopAtDoor, int], Reply]
Facts = Callable[[ShopAtDoor], dict[str, Any]]


def lines(line: Callable[[ShopAtDoor], dict[str, Any]]) -> Send:
    return lambda s, pieces: s.send(body=s.purchase(lines=[line(s)]), pieces=pieces)


def headers(**changed: str | None) -> Send:
    return lambda s, pieces: s.send(pieces=pieces, changed=changed)


def raw(body: bytes) -> Send:
    return lambda s, pieces: s.send(body=body, pieces=pieces)


REFUSED: dict[str, tuple[Send, int, str, Facts | None]] = {
    "a SKU that there is not": (
        lines(lambda s: s.line(sku="12345")),
        404,
        "unknown-sku",
        lambda s: {"sku_id": "12345", "market": "EU"},
    ),
    "a deal that there is not": (
        lines(lambda s: s.line(deal="777")),
        404,
        "unknown-deal",
        lambda s: {"deal_id": "777", "sku_id": str(s.chair.id)},
    ),
    "a deal that is not open yet": (
        lines(lambda s: s.deal_line(s.early)),
        409,
        "deal-not-open",
        lambda s: {"deal_id": str(s.early.deal_id), "opens_at": s.opens_at.isoformat(timespec="milliseconds")},
    ),
    "a deal that is over": (
        lines(lambda s: s.deal_line(s.closed)),
        409,
        "deal-closed",
        lambda s: {"deal_id": str(s.closed.deal_id), "closed_at": s.closed_at.isoformat(timespec="milliseconds")},
    ),
    "a price that is no longer the price": (
        lines(lambda s: s.line(unit_price_minor=1)),
        409,
        "price-changed",
        lambda s: {"sku_id": str(s.chair.id), "seen_minor": 1, "price_minor": 1_000},
    ),
    "more units than there are": (
        lines(lambda s: s.line(quantity=999)),
        409,
        "sold-out",
        None,
    ),
    "more of a deal than one buyer may": (
        lines(lambda s: s.deal_line(s.deal, quantity=3)),
        409,
        "buyer-limit-reached",
        lambda s: {"deal_id": str(s.deal.deal_id), "limit": 2, "had": 0, "asked": 3},
    ),
    "a limited deal and a shopper who is not verified": (
        lambda s, pieces: s.send(
            body=s.purchase(lines=[s.deal_line(s.deal)]),
            authorization=f"Bearer {pass_of(s.shopper_id, verified=False)}",
            pieces=pieces,
        ),
        403,
        "shopper-not-verified",
        lambda s: {"deal_id": str(s.deal.deal_id)},
    ),
    "another currency": (
        lambda s, pieces: s.send(body=s.purchase(currency="USD"), pieces=pieces),
        409,
        "wrong-currency",
        lambda s: {"asked": "USD", "currency": "EUR"},
    ),
    "a market that there is not": (
        lambda s, pieces: s.send(body=s.purchase(market="XX"), pieces=pieces),
        404,
        "unknown-market",
        lambda s: {"market": "XX"},
    ),
    "a country to which the market does not send": (
        lambda s, pieces: s.send(body=s.purchase(ship_to={**ADDRESS, "country": "US"}), pieces=pieces),
        409,
        "country-not-served",
        lambda s: {"country": "US", "market": "EU"},
    ),
    "a quantity of zero": (lines(lambda s: s.line(quantity=0)), 400, "bad-body", None),
    "a negative quantity": (lines(lambda s: s.line(quantity=-1)), 400, "bad-body", None),
    "a huge quantity": (lines(lambda s: s.line(quantity=10**40)), 400, "bad-body", None),
    "a SKU that is no bigint": (lines(lambda s: s.line(sku="9" * 19)), 400, "bad-body", None),
    "NUL in the address": (
        lambda s, pieces: s.send(body=s.purchase(ship_to={**ADDRESS, "name": "A\0"}), pieces=pieces),
        400,
        "bad-body",
        None,
    ),
    "malformed JSON": (raw(b'{"market":'), 400, "bad-body", None),
    "an empty body": (raw(b""), 400, "bad-body", None),
    "a body of 33 kilobytes": (raw(b" " * 33_000), 413, "body-too-large", lambda s: {"bytes_max": 32_768}),
    "a good purchase behind 33 kilobytes of spaces": (
        lambda s, pieces: s.send(body=b" " * 33_000 + json.dumps(s.purchase()).encode(), pieces=pieces),
        413,
        "body-too-large",
        lambda s: {"bytes_max": 32_768},
    ),
    "a body that says it has a gigabyte": (
        headers(content_length="1000000000"),
        413,
        "body-too-large",
        lambda s: {"bytes_max": 32_768},
    ),
    "a body of 40 kilobytes in chunks": (
        lambda s, pieces: s.send(
            body=chunked(b" " * 40_000), content_length=None, transfer_encoding="chunked", pieces=pieces
        ),
        413,
        "body-too-large",
        lambda s: {"bytes_max": 32_768},
    ),
    "no pass": (headers(authorization=None), 401, "pass-missing", no_facts),
    "a pass of another kind": (headers(authorization="Basic QWRhOnB3"), 401, "pass-missing", no_facts),
    "rubbish for a pass": (headers(authorization="Bearer rubbish"), 401, "token-forged", no_facts),
    "a forged pass": (
        lambda s, pieces: s.send(authorization=f"Bearer {pass_of(s.shopper_id)[:-4]}AAAA", pieces=pieces),
        401,
        "token-forged",
        no_facts,
    ),
    "a pass of another realm": (
        lambda s, pieces: s.send(authorization=f"Bearer {pass_of(s.shopper_id, realm='demo')}", pieces=pieces),
        401,
        "token-forged",
        no_facts,
    ),
    "an expired pass": (
        lambda s, pieces: s.send(authorization=f"Bearer {pass_of(s.shopper_id, ttl_s=-1)}", pieces=pieces),
        401,
        "token-expired",
        no_facts,
    ),
    "a ticket for a pass": (
        lambda s, pieces: s.send(authorization=f"Bearer {some_ticket()}", pieces=pieces),
        401,
        "token-of-other-purpose",
        no_facts,
    ),
    "a pass for a ticket": (
        lambda s, pieces: s.send(queue_ticket=pass_of(s.shopper_id), pieces=pieces),
        401,
        "token-of-other-purpose",
        no_facts,
    ),
    "a ticket of another realm": (
        lambda s, pieces: s.send(queue_ticket=some_ticket(realm="demo"), pieces=pieces),
        401,
        "token-forged",
        no_facts,
    ),
    "an expired ticket": (
        lambda s, pieces: s.send(queue_ticket=expired_ticket(), pieces=pieces),
        401,
        "token-expired",
        no_facts,
    ),
    "a blocked shopper": (
        lambda s, pieces: s.send(authorization=f"Bearer {pass_of(s.blocked_id)}", pieces=pieces),
        403,
        "shopper-blocked",
        no_facts,
    ),
    "no key": (headers(idempotency_key=None), 400, "bad-key", None),
    "a random key": (headers(idempotency_key="0c1a2e9e-6a1b-4c39-9a68-1f1b9a1f7a11"), 400, "bad-key", None),
    "a key of the day before yesterday": (
        lambda s, pieces: s.send(idempotency_key=new_key(age_ms=2 * 86_400_000), pieces=pieces),
        400,
        "bad-key",
        lambda s: {"reason": "its time is more than 24 hours from now"},
    ),
    "another site's Host": (headers(host="evil.example"), 421, "host-unknown", no_facts),
    "another site's Host with a port": (headers(host="evil.example:80"), 421, "host-unknown", no_facts),
    "a Host that begins like ours": (headers(host="127.0.0.1.evil.example"), 421, "host-unknown", no_facts),
    "text for JSON": (headers(content_type="text/plain"), 415, "wrong-content-type", no_facts),
    "a form": (headers(content_type="application/x-www-form-urlencoded"), 415, "wrong-content-type", no_facts),
    "no content type": (headers(content_type=None), 415, "wrong-content-type", no_facts),
    "an address that there is not": (lambda s, p: s.send(path="/v1/nothing", pieces=p), 404, "not-found", no_facts),
    "a purchase's address": (lambda s, p: s.send(path="/v1/purchases/7", pieces=p), 404, "not-found", no_facts),
    "a payment of words": (lambda s, p: s.send(path="/v1/purchases/x/payment", pieces=p), 404, "not-found", no_facts),
    "a payment of 5000 digits": (
        lambda s, p: s.send(path=f"/v1/purchases/{'9' * 5_000}/payment", pieces=p),
        404,
        "not-found",
        no_facts,
    ),
    "a payment of 2^63": (
        lambda s, p: s.send(path=f"/v1/purchases/{2**63}/payment", pieces=p),
        404,
        "not-found",
        no_facts,
    ),
    "GET": (lambda s, p: s.send(method="GET", pieces=p), 405, "method-not-allowed", lambda s: {"allowed": "POST"}),
    "PUT": (lambda s, p: s.send(method="PUT", pieces=p), 405, "method-not-allowed", lambda s: {"allowed": "POST"}),
    "DELETE": (
        lambda s, p: s.send(method="DELETE", pieces=p),
        405,
        "method-not-allowed",
        lambda s: {"allowed": "POST"},
    ),
    "a browser that asks whether it may": (
        lambda s, p: s.send(
            method="OPTIONS",
            body=b"",
            origin="https://evil.example",
            access_control_request_method="POST",
            authorization=None,
            pieces=p,
        ),
        405,
        "method-not-allowed",
        lambda s: {"allowed": "POST"},
    ),
    "POST to the line": (
        lambda s, p: s.send(path="/v1/line", pieces=p),
        405,
        "method-not-allowed",
        lambda s: {"allowed": "GET"},
    ),
}
