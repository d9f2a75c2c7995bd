"""Duties go back once, also where cases, a withdrawal and a dispute are about the same order."""

import pytest

from fairground.aftersales.models import CaseLine
from fairground.aftersales.rules import CaseState
from fairground.checkout.actions.accept_disputes import charge_dispute
from fairground.checkout.actions.settle_withdrawals import refund_withdrawn
from fairground.markets.models import Market
from fairground.orders.models import Refund
from fairground.payments.reading import payments_of_purchase
from tests.cases import (
    accept,
    ask,
    by,
    confirm,
    exchange,
    instead,
    lose,
    make_variant,
    receive,
    send_other,
    ship,
    state_of,
)
from tests.duties import no_faults
from tests.factories import make_duty, make_market, make_merchant, make_shopper, make_sku, place_one, place_request
from tests.fulfilment.withdrawing import ADDRESS, withdraw
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till
from tests.payments.test_disputes_beside_others import GIVEN_UP, claim_minor, sound, take_back
from tests.refunding import Scene

TOTAL = 2_357


@pytest.fixture
def till(two_writers: None) -> Till:
    """Two chairs at 10.00 from outside the union that a provider paid, with fourteen days to change one's mind."""
    make_market()
    make_duty()
    Market.objects.update(withdrawal_days=14)
    sku = make_sku(merchant=make_merchant(lane=30, country="CN"))
    shopper_id = make_shopper(lane=50)
    placed = place_one(place_request(sku.line(2), shopper_id=shopper_id, address=ADDRESS))
    till = Till(sku, shopper_id, placed, LocalProvider())
    till.agree(till.begin(due_minor=TOTAL))
    ship(placed.orders[0].order_id)
    return till


def scene_of(till: Till) -> Scene:
    return Scene(till.sku, till.sku, till.shopper_id, till.placed, 0, 0, 0)


def gone_back() -> list[tuple[int, int, int]]:
    return list(Refund.objects.order_by("line_no", "refund_no").values_list("line_no", "units", "paid_minor"))


def test_a_case_about_the_last_units_pays_the_duty_which_is_no_line_of_it(till: Till) -> None:
    order_id = till.placed.orders[0].order_id
    for _ in range(2):
        case_id = ask(scene_of(till), order_id, 1).case_id
        accept(case_id)
        receive(case_id, 1)

    till.return_all()
    assert gone_back() == [(-1, 0, 357), (1, 1, 1_000), (1, 1, 1_000)]
    assert list(CaseLine.objects.values_list("paid_minor", "units_paid")) == [(1_000, 1)] * 2
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    assert no_faults()
    sound()


def test_an_exchange_leaves_the_duty_until_it_is_paid_instead(till: Till) -> None:
    order_id = till.placed.orders[0].order_id
    case_id = exchange(scene_of(till), order_id, 2, swap_sku_id=make_variant(till.sku).id, sellable=2)
    assert gone_back() == []
    send_other(case_id)
    lose(case_id)

    assert instead(case_id) == TOTAL

    assert state_of(case_id) is CaseState.REFUNDED
    assert gone_back() == [(-1, 0, 357), (1, 2, 2_000)]
    assert no_faults()
    sound()


def test_a_withdrawal_from_an_order_with_an_exchange_behind_it_gives_the_duty_back_once(till: Till) -> None:
    order_id = till.placed.orders[0].order_id
    case_id = exchange(scene_of(till), order_id, 1, swap_sku_id=make_variant(till.sku).id, sellable=1)
    send_other(case_id)
    confirm(scene_of(till), case_id)
    withdraw(till.placed.number)

    assert refund_withdrawn(order_id=order_id, by=by()) == TOTAL

    till.return_all()
    assert gone_back() == [(-1, 0, 357), (1, 2, 2_000)]
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    assert no_faults()
    sound()


def test_what_a_bank_took_back_whole_is_charged_with_the_duty(till: Till) -> None:
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], TOTAL)

    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == TOTAL

    assert gone_back() == [(-1, 0, 357), (1, 2, 2_000)]
    assert claim_minor() == 0
    assert no_faults()
    sound()
