"""Duties in settlement: they never are a merchant's, so nothing is taken of them, and refunds fetch them back."""

import pytest

from fairground.settlement.actions.release_orders import release_orders
from fairground.settlement.rules.parting import Parts
from tests.duties import GOODS, TOTAL, WALLET, Imported, customs_minor, make_import, no_faults
from tests.factories import make_market
from tests.refunding import back, escrow_minor, wallet_minor
from tests.settlement.making import DAY_MS, SETTLED_MS, books, complete, entry_parts, make_terms, parts_of, settle


@pytest.fixture
def bought(two_writers: None) -> Imported:
    make_market()
    return make_import()


def test_a_release_puts_duties_aside_and_takes_commission_and_reserve_of_the_goods_alone(bought: Imported) -> None:
    merchant_id = bought.chair.merchant.id
    make_terms(merchant_id, reserve_bps=1_000, reserve_days=30)

    settle(bought.order_id)

    # 5 % of 55.00, no tax on it (of Chinese merchants), and a tenth of what is left.
    assert parts_of(bought.order_id) == Parts(GOODS, 0, 275, 0, 0, 522, 714)
    assert entry_parts(bought.order_id) == [(GOODS, 0, 275, 0, 0, 522, 4_703)]
    assert books(merchant_id) == {
        "platform:commission": 275,
        "platform:duties": 714,
        "merchant:payable": 4_703,
        "merchant:reserve": 522,
    }
    assert no_faults()


def test_what_went_back_before_is_not_put_aside(bought: Imported) -> None:
    back(bought.order_id, 3, 1)

    settle(bought.order_id)

    assert parts_of(bought.order_id) == Parts(5_000, 0, 250, 0, 0, 0, 357)
    assert (customs_minor(), escrow_minor(bought.chair)) == (357, 0)
    assert no_faults()


def test_a_refund_after_the_release_fetches_the_duty_from_where_it_was_put(bought: Imported) -> None:
    settle(bought.order_id)
    assert customs_minor() == 714

    back(bought.order_id, 1, 2, now_ms=SETTLED_MS + DAY_MS)
    assert customs_minor() == 714
    back(bought.order_id, 2, 1, now_ms=SETTLED_MS + DAY_MS)

    assert parts_of(bought.order_id) == Parts(500, 0, 25, 0, 0, 0, 357)
    # The merchant's statement says nothing of duties: only the goods come off it.
    assert entry_parts(bought.order_id) == [
        (GOODS, 0, 275, 0, 0, 0, 5_225),
        (-4_000, 0, -200, 0, 0, 0, -3_800),
        (-1_000, 0, -50, 0, 0, 0, -950),
    ]
    assert (customs_minor(), escrow_minor(bought.chair)) == (357, 0)
    assert wallet_minor(bought.shopper_id) == WALLET - TOTAL + 5_000 + 357
    assert no_faults()

    back(bought.order_id, 3, 1, now_ms=SETTLED_MS + DAY_MS)

    assert parts_of(bought.order_id) == Parts()
    assert books(bought.chair.merchant.id) == {}
    assert wallet_minor(bought.shopper_id) == WALLET
    assert no_faults()


def test_while_a_merchant_is_held_duties_lie_in_escrow_with_the_rest(bought: Imported) -> None:
    make_terms(bought.chair.merchant.id, held=True, held_because="no identity")
    complete(bought.order_id)

    assert release_orders(now_ms=SETTLED_MS) == 0
    assert (customs_minor(), escrow_minor(bought.chair)) == (0, TOTAL)
    assert no_faults()

    make_terms(bought.chair.merchant.id, held=False, held_because="")

    assert release_orders(now_ms=SETTLED_MS + DAY_MS) == 1
    assert (customs_minor(), escrow_minor(bought.chair)) == (714, 0)
    assert no_faults()


def test_a_commission_of_all_leaves_the_duties_whole(two_writers: None) -> None:
    make_market()
    bought = make_import(commission_bps=10_000)

    settle(bought.order_id)

    assert parts_of(bought.order_id) == Parts(GOODS, 0, GOODS, 0, 0, 0, 714)
    assert books(bought.chair.merchant.id) == {"platform:commission": GOODS, "platform:duties": 714}
    assert no_faults()
