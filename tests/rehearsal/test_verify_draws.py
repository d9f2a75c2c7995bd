"""Verification of purchases that draws and refunds paid back: together never more than was paid for them."""

import pytest

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.rules.terms import PrizeKind, PrizeTerms
from fairground.orders.models import Order
from fairground.orders.rules import RefundReason, Step
from fairground.rehearsal.verify import Check, verify_realm
from tests.draws.making import DRAWING, buy, close_and_draw, enter_all_paid, make_draw
from tests.factories import NOW_MS, make_market, make_shopper, make_sku
from tests.rehearsal.damages import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def paid_back_purchase() -> int:
    """Buy two units, send one back, and win what is left of them in two draws of which each would pay 700."""
    make_market()
    for slug in ("gala", "night"):
        make_draw(slug=slug, prizes=[PrizeTerms(PrizeKind.EXEMPTION, 1, {"EU": 700})])
    purchase = buy(make_sku(deal_price_minor=800), shopper_id=make_shopper(), quantity=2)
    enter_all_paid()
    order_id = Order.objects.get().id
    advance_orders(order_ids=[order_id], then=Step.SHIPPED, now_ms=NOW_MS + 1)
    refund_lines(units={(order_id, 1): 1}, reason=RefundReason.FAULTY, by=DRAWING)
    for slug in ("gala", "night"):
        close_and_draw(slug)
        award_prizes(slug=slug, now=DRAWING.now)
    return purchase


def check_of_draws() -> Check:
    return next(check for check in verify_realm().checks if check.key == "draws")


def test_a_purchase_that_was_paid_back_in_parts_passes() -> None:
    paid_back_purchase()

    assert check_of_draws().ok


def test_a_minor_unit_more_than_was_paid_is_seen() -> None:
    purchase = paid_back_purchase()

    assert run("UPDATE draws_award SET amount_minor = 101 WHERE amount_minor = 100") == 1

    found = check_of_draws()
    assert not found.ok
    assert f"purchase {purchase} of 1600: draws paid 801 back, and 800 was refunded" in found.detail
