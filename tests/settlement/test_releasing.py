"""Completed orders are released from escrow once, shared out to the minor unit, and held where an operator says so."""

import pytest
from django.db import IntegrityError, transaction

from fairground.aftersales.actions.shopper_steps import withdraw_case
from fairground.checkout.actions.settle_withdrawals import settle_withdrawal
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import TransferKind
from fairground.orders.models import Order
from fairground.orders.rules import Step
from fairground.settlement.actions.release_orders import release_orders
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.models import Due, Entry, Release, Terms
from fairground.settlement.rules.parting import Parts
from tests.books import hot_rows
from tests.cases import accept, ask
from tests.factories import make_market
from tests.fulfilment.withdrawing import buy, withdraw
from tests.refunding import Scene, back, make_scene
from tests.settlement.making import (
    DAY_MS,
    SETTLED_MS,
    books,
    complete,
    entry_parts,
    make_terms,
    parts_of,
    settle,
)


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene()


def test_a_completed_order_is_released_and_shared_out(scene: Scene) -> None:
    paid_minor = Order.objects.get(id=scene.chairs).total_minor

    assert settle(scene.chairs) == 1

    # 240.00, of which the merchant gave 14.12 off across shops and the platform 26.65 in all; 5 % of 225.88 are 11.29.
    assert paid_minor == 24_000 - 1_412 - 2_665
    assert parts_of(scene.chairs) == Parts(19_923, 2_665, 1_129, 237)
    assert entry_parts(scene.chairs) == [(19_923, 2_665, 1_129, 237, 0, 0, 21_222)]
    assert books(scene.chair.merchant.id) == {
        "merchant:payable": 21_222,
        "platform:commission": 1_129,
        "platform:discounts": -2_665,
        "platform:fee_tax": 237,
    }
    assert not Due.objects.exists()
    kinds = Transfer.objects.filter(order_id=scene.chairs, kind__gte=50).values_list("kind", "amount_minor")
    assert set(kinds) == {
        (TransferKind.RELEASE, 19_923),
        (TransferKind.FUNDED_DISCOUNT, 2_665),
        (TransferKind.COMMISSION, 1_129),
        (TransferKind.FEE_TAX, 237),
    }
    assert accounts_that_disagree() == []


def test_releasing_twice_releases_once(scene: Scene) -> None:
    settle(scene.chairs, scene.lamps)
    rows = hot_rows()

    assert release_orders(now_ms=SETTLED_MS + 1) == 0
    assert hot_rows() == rows


def test_what_was_killed_between_two_batches_goes_on_where_it_was(scene: Scene) -> None:
    complete(scene.chairs, scene.lamps)

    def kill(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        release_orders(now_ms=SETTLED_MS, batch_max=1, on_released=kill)
    assert (Release.objects.count(), Due.objects.count()) == (1, 1)

    assert release_orders(now_ms=SETTLED_MS, batch_max=1) == 1
    assert (Release.objects.count(), Due.objects.count()) == (2, 0)
    assert books(scene.chair.merchant.id)["merchant:payable"] == 21_222


def test_an_order_that_is_not_completed_stays_in_escrow(scene: Scene) -> None:
    complete(scene.chairs)

    assert release_orders(now_ms=SETTLED_MS) == 1
    assert list(Release.objects.values_list("order_id", flat=True)) == [scene.chairs]
    assert Order.objects.get(id=scene.lamps).state == Step.PAID


def test_what_went_back_before_is_not_released(scene: Scene) -> None:
    complete(scene.chairs)
    back(scene.chairs, 1, 1)
    release_orders(now_ms=SETTLED_MS)

    assert parts_of(scene.chairs) == Parts(19_923 - 6_641, 2_665 - 888, 753, 158)


def test_of_an_order_that_went_back_whole_nothing_moves(scene: Scene) -> None:
    complete(scene.chairs)
    back(scene.chairs, 1, 3)

    assert release_orders(now_ms=SETTLED_MS) == 1
    assert parts_of(scene.chairs) == Parts()
    assert not Entry.objects.exists()
    assert books(scene.chair.merchant.id) == {}


def test_the_orders_of_a_merchant_that_is_held_stay_due_until_it_is_let_go(scene: Scene) -> None:
    make_terms(scene.chair.merchant.id, held=True, held_because="no identity")

    assert settle(scene.chairs, scene.lamps) == 1
    assert list(Due.objects.values_list("order_id", flat=True)) == [scene.chairs]

    Terms.objects.update(held=False)
    assert release_orders(now_ms=SETTLED_MS) == 1
    assert Release.objects.count() == 2


def test_an_order_with_an_open_case_stays_due_until_the_case_has_ended(scene: Scene) -> None:
    complete(scene.chairs, scene.lamps)
    case_id = ask(scene, scene.chairs, 1, now=from_unix_ms(SETTLED_MS)).case_id

    assert release_orders(now_ms=SETTLED_MS, batch_max=1) == 1
    assert list(Due.objects.values_list("order_id", flat=True)) == [scene.chairs]

    withdraw_case(case_id=case_id, shopper_id=scene.shopper_id, now=from_unix_ms(SETTLED_MS))
    assert release_orders(now_ms=SETTLED_MS) == 1
    assert books(scene.chair.merchant.id)["merchant:payable"] == 21_222


def test_of_an_order_with_an_open_case_only_what_was_kept_is_released(scene: Scene) -> None:
    complete(scene.chairs)
    case_id = ask(scene, scene.chairs, 3, now=from_unix_ms(SETTLED_MS)).case_id
    assert release_orders(now_ms=SETTLED_MS) == 0

    accept(case_id, waived=True, now=from_unix_ms(SETTLED_MS))

    assert release_orders(now_ms=SETTLED_MS) == 1
    assert (parts_of(scene.chairs), entry_parts(scene.chairs)) == (Parts(0, 0, 0, 0), [])


@pytest.mark.usefixtures("two_writers")
def test_an_order_that_is_withdrawn_from_stays_due_until_that_is_settled() -> None:
    bought = buy()
    complete(bought.chairs, bought.lamps)
    withdraw(f"{bought.placed.number}-1", at_ms=SETTLED_MS)

    assert release_orders(now_ms=SETTLED_MS) == 1
    assert list(Due.objects.values_list("order_id", flat=True)) == [bought.chairs]

    settle_withdrawal(order_id=bought.chairs, by=By(user_id=None, now=from_unix_ms(SETTLED_MS)))
    assert release_orders(now_ms=SETTLED_MS) == 1


def test_a_reserve_is_kept_for_its_days_and_then_goes_to_the_merchant_once(scene: Scene) -> None:
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=7)
    settle(scene.chairs)
    assert parts_of(scene.chairs).reserve_minor == 2_122
    assert books(scene.chair.merchant.id)["merchant:reserve"] == 2_122

    assert return_reserves(now_ms=SETTLED_MS + 7 * DAY_MS - 1) == 0
    assert return_reserves(now_ms=SETTLED_MS + 7 * DAY_MS) == 1
    assert return_reserves(now_ms=SETTLED_MS + 8 * DAY_MS) == 0

    found = books(scene.chair.merchant.id)
    assert (found.get("merchant:reserve"), found["merchant:payable"]) == (None, 21_222)
    assert entry_parts(scene.chairs)[1] == (0, 0, 0, 0, 0, -2_122, 2_122)


@pytest.mark.usefixtures("two_writers")
def test_a_creator_gets_the_share_that_the_merchant_promised_when_the_order_was_placed() -> None:
    make_market()
    scene = make_scene(creator_bps=300)
    make_terms(scene.chair.merchant.id, creator_bps=100)
    settle(scene.chairs)

    assert parts_of(scene.chairs).creator_minor == 678
    found = books(scene.chair.merchant.id)
    assert (found["creator"], found["merchant:payable"]) == (678, 21_222 - 678)


def test_terms_of_later_change_nothing_of_what_was_released(scene: Scene) -> None:
    settle(scene.chairs)
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=7)
    back(scene.chairs, 1, 1)

    assert parts_of(scene.chairs) == Parts(19_923 - 6_641, 2_665 - 888, 753, 158)


def test_the_database_refuses_a_second_release_and_parts_that_do_not_add_up(scene: Scene) -> None:
    settle(scene.chairs)
    release = Release.objects.get()

    with pytest.raises(IntegrityError, match="settlement_release_pkey"), transaction.atomic():
        Release.objects.bulk_create([release])
    with pytest.raises(IntegrityError, match="inv_29_release_adds_up"), transaction.atomic():
        Release.objects.update(commission_minor=0)
    with pytest.raises(IntegrityError, match="inv_29_no_part_below_nothing"), transaction.atomic():
        Release.objects.update(fee_tax_minor=-1, payable_minor=release.payable_minor + release.fee_tax_minor + 1)
