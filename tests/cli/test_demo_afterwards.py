"""What a demo does after its rush: parcels, cases, releases and payouts, of the orders that there are."""

import pytest

from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseState
from fairground.cli.demo_afterwards import look_after_some_orders
from fairground.fulfilment.models import Shipment
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Order
from fairground.orders.rules import Step
from fairground.settlement.models import Payout, Release
from fairground.settlement.rules.payouts import PayoutState
from tests.factories import make_market
from tests.refunding import make_scene
from tests.settlement.making import books

pytestmark = pytest.mark.usefixtures("writer")


def test_of_two_orders_one_is_paid_out_and_the_other_has_a_case() -> None:
    make_market()
    scene = make_scene()

    done = look_after_some_orders()

    assert (done.shipped, done.cases, done.released, done.payouts) == (2, 1, 1, 1)
    states = dict(Order.objects.values_list("id", "state"))
    assert states == {scene.chairs: Step.COMPLETED, scene.lamps: Step.DELIVERED}
    assert list(Shipment.objects.exclude(tracking_number="").values_list("order_id", flat=True)) == [scene.chairs]
    assert list(Case.objects.values_list("order_id", "state")) == [(scene.lamps, CaseState.OPENED)]
    assert list(Release.objects.values_list("order_id", flat=True)) == [scene.chairs]
    assert list(Payout.objects.values_list("state", "amount_minor")) == [(PayoutState.CONFIRMED, 21_222)]
    assert books(scene.chair.merchant.id)["platform:commission"] == 1_129
    assert accounts_that_disagree() == []


def test_where_nothing_is_paid_there_is_nothing_to_do() -> None:
    make_market()
    make_scene(paid=False)

    done = look_after_some_orders()

    assert (done.shipped, done.cases, done.released, done.payouts) == (0, 0, 0, 0)
    assert set(Order.objects.values_list("state", flat=True)) == {Step.PLACED}
