"""Trade for tests of the reports: a paid purchase with discounts, what went back of it, and who its merchants are."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.rules.placing import LineAsked
from fairground.kernel.edits import By
from fairground.merchants.identities import IdentityFacts, write_identity
from fairground.orders.rules import RefundReason, Step
from tests.factories import BY, NOW, SkuMade, give_wallet, make_shopper, pay, pay_request, place_one, place_request
from tests.refunding import LATER_MS, Scene, back, make_scene

PERSON = IdentityFacts(
    is_person=True,
    first_name="Ana",
    last_name="Olmo",
    street="Calle Mayor 1",
    post_code="46001",
    city="Valencia",
    country="ES",
    residences=("ES",),
    tins={"ES": "12345678Z"},
    birth_date=date(1980, 1, 31),
    financial_identifier="ES9121000418450200051332",
    financial_holder="Luis Olmo",
)
ENTITY = IdentityFacts(
    is_person=False,
    legal_name="Lamps & Sons GmbH",
    street="Hauptstr. 1",
    post_code="10115",
    city="Berlin",
    country="DE",
    residences=("DE", "AT"),
    tins={"DE": "99/123/45678", "AT": "12-345/6789"},
    vat_number="DE123456789",
    registration_number="HRB 12345 B",
    establishments=("AT",),
)


def make_trade() -> Scene:
    """Make the scene's purchase, ship its lamps, and take back a chair before and a lamp after it was shipped."""
    scene = make_scene()
    back(scene.chairs, 1, 1, reason=RefundReason.WITHDRAWN)
    advance_orders(order_ids=[scene.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    back(scene.lamps, 1, 1, reason=RefundReason.FAULTY)
    return scene


def sell(sku: SkuMade, *, at: datetime, units: int = 1, also: Sequence[LineAsked] = (), **wishes: object) -> int:
    """Sell units of a SKU, and `also` others of its merchant, to somebody new, and return the order's id."""
    shopper_id = make_shopper(lane=20)
    now_ms = int(at.timestamp() * 1000)
    give_wallet(shopper_id=shopper_id, amount_minor=10_000_000, currency=sku.currency, now_ms=now_ms)
    asked = {"market": sku.market, "currency": sku.currency, "arrived_at_ms": now_ms, **wishes}
    placed = place_one(place_request(sku.line(units), *also, shopper_id=shopper_id, **asked), now_ms=now_ms)  # type: ignore[arg-type]
    pay([pay_request(placed, shopper_id=shopper_id)], now_ms=now_ms)
    return placed.orders[0].order_id


def know(merchant_id: int, facts: IdentityFacts) -> None:
    """Write down who a merchant is by law."""
    write_identity(merchant_id=merchant_id, facts=facts, by=By(user_id=None, now=BY.now))


def days_later(days: int) -> datetime:
    """Return the moment so many days after the scene's payment."""
    return NOW + timedelta(days=days)
