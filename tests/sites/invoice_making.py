"""Purchases as queries return them, made without a database, for tests of invoices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fairground.markets.queries import MarketFacts
from fairground.orders.duties import DutyShown
from fairground.orders.queries import LineShown, OrderShown, PurchaseShown
from fairground.orders.rules import LineSums, Step, purchase_number
from fairground.sites.storefront.reader import Reader
from tests.factories import NOW, next_id

ADDRESS = {
    "name": "Ada Lovelace",
    "country": "DE",
    "lines": ["Hauptstr. 1"],
    "city": "Berlin",
    "postal_code": "10115",
}


def make_line(
    title: str = "Oak chair",
    *,
    quantity: int = 2,
    unit_price_minor: int = 6_790,
    discounts: Sequence[tuple[int, int]] = (),
    tax_minor: int = 2_168,
    tax_rate_bps: int = 1_900,
    tax_included: bool = True,
) -> LineShown:
    """Make a line as it was frozen."""
    discount_minor = sum(amount_minor for _, amount_minor in discounts)
    sums = LineSums(quantity * unit_price_minor, discount_minor, tax_minor, tax_rate_bps, tax_included)
    return LineShown(
        next_id(lane=1), 7, "olmo", "home", False, title, quantity, unit_price_minor, sums, tuple(discounts)
    )


def make_order(
    *lines: LineShown,
    position: int = 1,
    merchant: str = "Olmo",
    shipping_minor: int = 0,
    shipping_tax_minor: int = 0,
    duties: Sequence[DutyShown] = (),
    state: Step = Step.PAID,
) -> OrderShown:
    """Make an order that adds up as the database's would."""
    goods = sum(line.sums.goods_minor for line in lines)
    discount = sum(line.sums.discount_minor for line in lines)
    added = sum(line.sums.tax_minor for line in lines if not line.sums.tax_included)
    return OrderShown(
        id=next_id(lane=1),
        position=position,
        merchant_slug="olmo",
        merchant_name=merchant,
        merchant_country="ES",
        language="en",
        state=state,
        goods_minor=goods,
        discount_minor=discount,
        shipping_minor=shipping_minor,
        shipping_tax_minor=shipping_tax_minor,
        tax_added_minor=added,
        total_minor=goods - discount + shipping_minor + added + sum(one.paid_minor for one in duties),
        shipped_at=None,
        delivered_at=None,
        ended_at=None,
        address=ADDRESS,
        lines=lines,
        duties=tuple(duties),
    )


def make_purchase(*orders: OrderShown, currency: str = "EUR", is_paid: bool = True) -> PurchaseShown:
    """Make a purchase of these orders."""
    placed = [replace(order, position=number) for number, order in enumerate(orders, 1)]
    purchase_id = next_id(lane=1)
    return PurchaseShown(
        id=purchase_id,
        number=purchase_number(purchase_id, 12_345),
        shopper_id=1,
        market="EU",
        currency=currency,
        total_minor=sum(order.total_minor for order in orders),
        state=Step.PAID if is_paid else Step.PLACED,
        placed_at=NOW,
        pay_before=NOW + timedelta(minutes=15),
        paid_at=NOW + timedelta(minutes=1) if is_paid else None,
        ended_at=None,
        orders=tuple(placed),
    )


def reader_in(language: str = "en", *, now: datetime = NOW) -> Reader:
    """Return a reader in the one market that there is, in Brussels."""
    market = MarketFacts("EU", "European Union", "EUR", "Europe/Brussels", True)
    return Reader(market, [market], language, "", None, now.astimezone(UTC))
