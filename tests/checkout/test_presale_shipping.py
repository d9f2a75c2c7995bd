"""Shipping of a presale: in its total, paid with the balance, left alone by the price guarantee."""

import pytest
from django.db import connection

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.rules.paying import Paid
from fairground.kernel.sql import load_sql
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import Step
from tests.factories import (
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shipping,
    make_shopper,
    pay,
    pay_request,
)
from tests.presales import OPENS_MS, make_presale, pay_deposit, place_presale, wallet_of

pytestmark = pytest.mark.usefixtures("lone_writer")
WALLET = 5_000


def sent_presale(*, tax_included: bool) -> tuple[SkuMade, int]:
    make_market(tax_included=tax_included, tax_rates_bps={"DE": 1_000})
    merchant = make_merchant(lane=30)
    make_shipping(merchant, price_minor=400)
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=WALLET)
    return make_presale(merchant=merchant), shopper_id


def no_faults() -> bool:
    for key in ("orders", "shipping", "purchases", "presales", "escrow", "refunds"):
        with connection.cursor() as cursor:
            cursor.execute(load_sql("rehearsal", f"check_{key}"))
            (row,) = cursor.fetchall()
        assert row[1] == 0, row[3]
    return True


@pytest.mark.parametrize(
    ("tax_included", "today", "total", "tax_added"),
    [
        # 1000 less 50 of the deposit's worth, and 400 of shipping; 95 and 40 of tax on top.
        (True, 1_200, 1_350, 0),
        (False, 1_200, 1_485, 135),
        # The guarantee takes the goods to 900; shipping and its tax stay.
        (True, 900, 1_300, 0),
        (False, 900, 1_430, 130),
    ],
)
def test_shipping_is_paid_with_the_balance_and_the_guarantee_leaves_it(
    tax_included: bool, today: int, total: int, tax_added: int
) -> None:
    made, shopper_id = sent_presale(tax_included=tax_included)
    placed = place_presale(made, shopper_id=shopper_id)
    pay_deposit(placed, shopper_id=shopper_id)
    assert wallet_of(shopper_id) == WALLET - 100
    Price.objects.update(price_minor=today)

    (paid,) = pay([pay_request(placed, shopper_id=shopper_id, amount_minor=total - 100)], now_ms=OPENS_MS)

    assert isinstance(paid, Paid), paid
    order = Order.objects.get()
    assert (order.shipping_minor, order.tax_added_minor, order.total_minor) == (400, tax_added, total)
    assert Purchase.objects.get().balance_minor == total - 100
    assert wallet_of(shopper_id) == WALLET - total
    assert no_faults()

    advance_orders(order_ids=[order.id], then=Step.CANCELLED, now_ms=OPENS_MS + 1_000)

    assert wallet_of(shopper_id) == WALLET
    assert no_faults()
