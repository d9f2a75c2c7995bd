"""What the page of a purchase says where a draw paid it back."""

import pytest

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.draws.actions.award_prizes import Awarded, award_prizes
from fairground.kernel.clock import to_unix_ms
from fairground.orders.queries import PurchaseShown, purchase_by_number, purchases_of
from fairground.orders.rules import Step
from fairground.sites.storefront.payment_words import PaymentNote
from fairground.sites.storefront.purchases.prizes import prize_notes
from fairground.sites.storefront.purchases.refunds import difference_until
from tests.draws.making import DRAWING, EXEMPTION, buy, close_and_draw, enter_all_paid, make_draw
from tests.factories import NOW_MS, make_market, make_shopper, make_sku

pytestmark = pytest.mark.usefixtures("lone_writer")


def won() -> PurchaseShown:
    """Let somebody win what a purchase cost, and return it."""
    make_market()
    chair, ada = make_sku(deal_price_minor=800), make_shopper(lane=3)
    make_draw(prizes=[EXEMPTION])
    buy(chair, shopper_id=ada, quantity=2)
    enter_all_paid()
    close_and_draw()
    (listed,) = purchases_of(shopper_ids=[ada], purchases_max=1)
    purchase = purchase_by_number(number=listed.number, shopper_ids=[ada])
    assert purchase is not None
    for at, then in enumerate((Step.SHIPPED, Step.DELIVERED), 1):
        advance_orders(order_ids=[one.id for one in purchase.orders], then=then, now_ms=NOW_MS + at)
    return purchase


def test_a_purchase_that_a_draw_paid_back_says_so_and_nothing_before() -> None:
    purchase = won()
    assert prize_notes(purchase) == []

    assert award_prizes(slug="gala", now=DRAWING.now) == Awarded(awarded=1, waiting=0)

    words = "You won: a draw paid this purchase back, €16.00. What you bought stays yours."
    assert prize_notes(purchase) == [PaymentNote(words, "good")]


def test_the_difference_can_be_asked_for_until_the_markets_days_are_over() -> None:
    purchase = won()
    assert purchase.paid_at is not None
    paid_ms = to_unix_ms(purchase.paid_at)

    until = difference_until(purchase, now_ms=paid_ms)

    assert until is not None
    assert to_unix_ms(until) - paid_ms == 15 * 86_400_000
    assert difference_until(purchase, now_ms=to_unix_ms(until)) is None
