"""What customs asked of orders, as their shopper, who answers for the shop, and who asks for their data read it."""

import pytest

from fairground.checkout.actions.refund_lines import refund_lines
from fairground.orders.duties import DutyShown
from fairground.orders.lookup import purchase_whole
from fairground.orders.models import Order
from fairground.orders.personal_data import personal_purchases
from fairground.orders.queries import purchase_by_number
from fairground.orders.rules import RefundReason
from fairground.orders.tasks import follow_purchases
from tests.factories import (
    BY,
    give_wallet,
    make_duty,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)

pytestmark = pytest.mark.usefixtures("lone_writer")
CHAIR = DutyShown(1, "CN", "940161", 1_681, 300, 57)
LAMP = DutyShown(2, "CN", "940521", 840, 300, 57)


@pytest.fixture
def bought() -> tuple[int, str]:
    """Return a shopper and the number of their paid purchase of two chairs and a lamp, all from China."""
    make_market()
    make_duty()
    merchant, shopper_id = make_merchant(country="CN"), make_shopper()
    chair, lamp = make_sku(merchant=merchant), make_sku(merchant=merchant, hs_code="9405210010")
    give_wallet(shopper_id=shopper_id, amount_minor=10_000)
    placed = place_one(place_request(chair.line(2), lamp.line(), shopper_id=shopper_id))
    pay([pay_request(placed, shopper_id=shopper_id)])
    return shopper_id, placed.number


def test_a_shopper_reads_what_was_asked_and_for_which_goods(bought: tuple[int, str]) -> None:
    shopper_id, number = bought

    found = purchase_by_number(number=number, shopper_ids=[shopper_id])

    assert found is not None
    (order,) = found.orders
    assert order.duties == (CHAIR, LAMP)
    assert [line.duty_no for line in order.lines] == [1, 2]
    assert order.duties_minor == 714


def test_who_answers_for_the_shop_reads_it(bought: tuple[int, str]) -> None:
    whole = purchase_whole(number=bought[1])

    assert whole is not None
    assert whole.orders[0].duties == [CHAIR, LAMP]


def test_it_is_in_what_is_given_out_of_a_person_with_what_went_back(bought: tuple[int, str]) -> None:
    shopper_id, _ = bought
    refund_lines(units={(Order.objects.get().id, 2): 1}, reason=RefundReason.GOODWILL, by=BY)
    while follow_purchases():
        pass

    ((order,),) = [one["orders"] for one in personal_purchases(shopper_ids=[shopper_id])]

    assert order["duties_minor"] == 714
    assert order["duties"][0] == {
        "duty": 1,
        "sent_from": "CN",
        "heading": "940161",
        "value_minor": 1_681,
        "duty_minor": 300,
        "tax_minor": 57,
    }
    assert {one["line"]: one["paid_minor"] for one in order["refunds"]} == {-2: 357, 2: 1_000}
