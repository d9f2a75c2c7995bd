"""Shipping goes back once, also where an exchange, a withdrawal and a dispute are about the same order."""

import pytest

from fairground.checkout.actions.accept_disputes import charge_dispute
from fairground.checkout.actions.settle_withdrawals import NoOpenWithdrawal, refund_withdrawn
from fairground.checkout.rules.refunding import UnitsInCase
from fairground.fulfilment.models import Withdrawal
from fairground.markets.models import Market
from fairground.orders.models import Refund
from fairground.payments.reading import payments_of_purchase
from tests.books import hot_rows
from tests.cases import by, confirm, exchange, make_variant, send_other, ship
from tests.factories import make_market, make_merchant, make_shipping, make_shopper, make_sku, place_one, place_request
from tests.fulfilment.withdrawing import ADDRESS, withdraw
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till
from tests.payments.test_disputes_beside_others import GIVEN_UP, claim_minor, sound, take_back
from tests.refunding import Scene

TOTAL = 2_490


@pytest.fixture
def till(two_writers: None) -> Till:
    """Two chairs at 10.00 that a provider paid, sent for 4.90, with fourteen days to change one's mind."""
    make_market()
    Market.objects.update(withdrawal_days=14)
    merchant = make_merchant(lane=30)
    make_shipping(merchant, price_minor=490)
    sku = make_sku(merchant=merchant)
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


def begin_exchange(till: Till) -> int:
    order_id = till.placed.orders[0].order_id
    return exchange(scene_of(till), order_id, 1, swap_sku_id=make_variant(till.sku).id, sellable=1)


def test_a_withdrawal_from_an_order_with_an_exchange_behind_it_gives_all_back_and_shipping_once(till: Till) -> None:
    case_id = begin_exchange(till)
    send_other(case_id)
    confirm(scene_of(till), case_id)
    withdraw(till.placed.number)

    assert refund_withdrawn(order_id=till.placed.orders[0].order_id, by=by()) == TOTAL

    till.return_all()
    assert gone_back() == [(0, 0, 490), (1, 2, 2_000)]
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    with pytest.raises(NoOpenWithdrawal):
        refund_withdrawn(order_id=till.placed.orders[0].order_id, by=by())
    sound()


def test_while_an_exchange_is_under_way_neither_a_withdrawal_nor_a_dispute_pays(till: Till) -> None:
    begin_exchange(till)
    withdraw(till.placed.number)
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], TOTAL)
    before = hot_rows()

    with pytest.raises(UnitsInCase):
        refund_withdrawn(order_id=till.placed.orders[0].order_id, by=by())
    with pytest.raises(UnitsInCase):
        charge_dispute(dispute_id=dispute_id, by=GIVEN_UP)

    assert hot_rows() == before
    assert (gone_back(), claim_minor()) == ([], TOTAL)
    sound()


def test_what_a_dispute_took_back_whole_leaves_a_withdrawal_nothing_to_pay(till: Till) -> None:
    withdraw(till.placed.number)
    dispute_id = take_back(till, payments_of_purchase(purchase_id=till.purchase_id)[0], TOTAL)
    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == TOTAL

    assert refund_withdrawn(order_id=till.placed.orders[0].order_id, by=by()) == 0

    assert Withdrawal.objects.get().settled_at is not None
    assert gone_back() == [(0, 0, 490), (1, 2, 2_000)]
    assert (claim_minor(), till.available_minor()) == (0, 0)
    sound()
