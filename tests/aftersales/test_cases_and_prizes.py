"""What a draw has paid back goes back by no case: it is refused in words, and the clock puts it before the operator."""

from datetime import timedelta

import pytest

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.open_case import CaseAsked, open_case
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.rules import CaseReason, CaseState, Who, Wish
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.rules.refunding import PaidByPrize
from fairground.draws.actions.award_prizes import Awarded, award_prizes
from fairground.orders.models import Order
from fairground.orders.rules import Step
from fairground.payments.queries import wallet_balance_minor
from tests.books import hot_rows
from tests.cases import accept, by, refuse, state_of
from tests.draws.making import DRAWING, EXEMPTION, buy, close_and_draw, enter_all_paid, make_draw
from tests.factories import NOW_MS, make_market, make_shopper, make_sku

pytestmark = pytest.mark.usefixtures("lone_writer")


def test_what_a_draw_paid_back_is_decided_by_the_operator_and_paid_by_nobody() -> None:
    make_market()
    chair, ada = make_sku(deal_price_minor=800), make_shopper(lane=3)
    make_draw(prizes=[EXEMPTION])
    purchase_id = buy(chair, shopper_id=ada, quantity=2)
    enter_all_paid()
    close_and_draw()
    order_id = Order.objects.get(purchase_id=purchase_id).id
    advance_orders(order_ids=[order_id], then=Step.SHIPPED, now_ms=NOW_MS + 1)
    advance_orders(order_ids=[order_id], then=Step.DELIVERED, now_ms=NOW_MS + 2)
    assert award_prizes(slug="gala", now=DRAWING.now) == Awarded(awarded=1, waiting=0)
    asked = CaseAsked(
        purchase_id=purchase_id,
        order_id=order_id,
        shopper_id=ada,
        units={1: 1},
        reason=CaseReason.MISSING,
        wish=Wish.MONEY,
        seen=0,
        swaps={},
    )
    opened = open_case(asked=asked, now=DRAWING.now)
    before = hot_rows()
    answer = Answer(accepted=True, seen=CaseState.OPENED)
    with pytest.raises(PaidByPrize):
        answer_case(case_id=opened.case_id, answer=answer, who=Who.MERCHANT, by=by(DRAWING.now))
    assert (hot_rows(), state_of(opened.case_id)) == (before, CaseState.OPENED)
    late = DRAWING.now + timedelta(days=3)

    assert sweep_cases(now=late) == 1

    assert (hot_rows(), state_of(opened.case_id)) == (before, CaseState.ESCALATED)
    with pytest.raises(PaidByPrize):
        accept(opened.case_id, waived=True, who=Who.OPERATOR, now=late)
    assert refuse(opened.case_id, who=Who.OPERATOR, text="The draw paid it.", now=late) is CaseState.CLOSED
    assert wallet_balance_minor(shopper_id=ada, currency="EUR") == 1_600
