"""Duties of a presale: in its total, paid with the balance, left alone by the price guarantee, and back with it."""

import pytest

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.rules.paying import Paid
from fairground.orders.models import Order, OrderDuty, Purchase, Refund
from fairground.orders.rules import Step
from tests.duties import duties_back, no_faults
from tests.factories import (
    SkuMade,
    give_wallet,
    make_duty,
    make_market,
    make_merchant,
    make_shopper,
    pay,
    pay_request,
)
from tests.presales import CLOSES_MS, OPENS_MS, make_presale, pay_deposit, place_presale, wallet_of

pytestmark = pytest.mark.usefixtures("lone_writer")
WALLET = 5_000


def imported_presale(*, tax_included: bool) -> tuple[SkuMade, int]:
    make_market(tax_included=tax_included, tax_rates_bps={"DE": 1_000})
    make_duty()
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=WALLET)
    return make_presale(merchant=make_merchant(lane=30, country="CN")), shopper_id


@pytest.mark.parametrize(
    ("tax_included", "today", "total", "tax_added"),
    [
        # 1000 less 50 of the deposit's worth, a duty of 300 and 30 of tax on it; 95 of tax on the goods on top.
        (True, 1_200, 1_280, 0),
        (False, 1_200, 1_375, 95),
        # The guarantee takes the goods to 900; the duty and its tax stay.
        (True, 900, 1_230, 0),
        (False, 900, 1_320, 90),
    ],
)
def test_duties_are_paid_with_the_balance_and_the_guarantee_leaves_them(
    tax_included: bool, today: int, total: int, tax_added: int
) -> None:
    made, shopper_id = imported_presale(tax_included=tax_included)
    placed = place_presale(made, shopper_id=shopper_id)
    pay_deposit(placed, shopper_id=shopper_id)
    assert wallet_of(shopper_id) == WALLET - 100
    Price.objects.update(price_minor=today)

    (paid,) = pay([pay_request(placed, shopper_id=shopper_id, amount_minor=total - 100)], now_ms=OPENS_MS)

    assert isinstance(paid, Paid), paid
    order = Order.objects.get()
    assert (order.duties_minor, order.tax_added_minor, order.total_minor) == (330, tax_added, total)
    assert Purchase.objects.get().balance_minor == total - 100
    assert wallet_of(shopper_id) == WALLET - total
    assert no_faults()

    advance_orders(order_ids=[order.id], then=Step.CANCELLED, now_ms=OPENS_MS + 1_000)

    assert duties_back(order.id) == [(-1, 300, 30, 330)]
    assert wallet_of(shopper_id) == WALLET
    assert no_faults()


def test_of_a_presale_whose_balance_nobody_pays_no_duty_goes_back() -> None:
    made, shopper_id = imported_presale(tax_included=True)
    placed = place_presale(made, shopper_id=shopper_id)
    pay_deposit(placed, shopper_id=shopper_id)

    expire_purchases(now_ms=CLOSES_MS + 1)

    assert Order.objects.get().state == Step.EXPIRED
    assert (OrderDuty.objects.count(), Refund.objects.count()) == (1, 0)
    assert wallet_of(shopper_id) == WALLET
    assert no_faults()
