"""Paid orders with duties for tests: three lines of two headings, sent into the customs union from outside."""

from dataclasses import dataclass

from django.db import connection

from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed
from fairground.kernel.sql import load_sql
from fairground.ledger.models import Account
from fairground.orders.models import Refund
from tests.factories import (
    SkuMade,
    give_wallet,
    make_duty,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)

WALLET = 100_000
CHAIRS, LAMPS = "940161", "940521"
# 55.00 of goods, and for each of their two headings 3.00 with 0.57 of tax.
GOODS, DUTY, DUTY_TAX, TOTAL = 5_500, 300, 57, 5_500 + 2 * 357
_CHECKS = (
    *("lines", "orders", "duties", "shipping", "purchases", "refunds", "discounts", "escrow", "releases", "tallies"),
    *("orphans_of_orders", "cases", "stock", "accounts", "transfers"),
)


@dataclass(frozen=True, slots=True)
class Imported:
    """A paid order of lines 1 (2 chairs at 20.00) and 2 (a stool at 10.00) of one heading, and 3 (a lamp at 5.00)."""

    chair: SkuMade
    stool: SkuMade
    lamp: SkuMade
    shopper_id: int
    placed: Placed

    @property
    def order_id(self) -> int:
        """Return the order."""
        return self.placed.orders[0].order_id


def make_import(*, commission_bps: int = 500) -> Imported:
    """Make the order and pay it; there must be a market and its writers."""
    make_duty()
    merchant = make_merchant(lane=10, country="CN", commission_bps=commission_bps)
    chair = make_sku(merchant=merchant, hs_code="9401610010", price_minor=2_000)
    stool = make_sku(merchant=merchant, hs_code="9401619900", price_minor=1_000)
    lamp = make_sku(merchant=merchant, hs_code=LAMPS, price_minor=500)
    shopper_id = make_shopper(lane=20)
    give_wallet(shopper_id=shopper_id, amount_minor=WALLET)
    placed = place_one(place_request(chair.line(2), stool.line(), lamp.line(), shopper_id=shopper_id))
    (paid,) = pay([pay_request(placed, shopper_id=shopper_id)])
    assert isinstance(paid, Paid), paid
    return Imported(chair, stool, lamp, shopper_id, placed)


def duties_back(order_id: int) -> list[tuple[int, int, int, int]]:
    """Return (line, duty, tax, paid) of the duties of an order that went back."""
    rows = Refund.objects.filter(order_id=order_id, line_no__lt=0).order_by("-line_no")
    return list(rows.values_list("line_no", "goods_minor", "tax_minor", "paid_minor"))


def customs_minor(currency: str = "EUR") -> int:
    """Return what is put aside for customs, in all lanes."""
    accounts = Account.objects.filter(address=f"platform:duties:{currency}")
    return sum(one.credits_posted_minor - one.debits_posted_minor for one in accounts)


def no_faults() -> bool:
    """Look with the statements of `fairground verify` at all that duties touch."""
    found = []
    for key in _CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(load_sql("rehearsal", f"check_{key}"))
            found += [(key, row) for row in cursor.fetchall() if row[1]]
    assert found == []
    return True
