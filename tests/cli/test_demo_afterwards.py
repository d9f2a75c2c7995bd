"""What a demo does after its rush: parcels, cases, releases and payouts, of the orders that there are."""

import pytest
from pytest_django import Settings

from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseState
from fairground.catalog.models import Sku
from fairground.cli.demo import look_after
from fairground.cli.demo_afterwards import look_after_some_orders
from fairground.fulfilment.models import Shipment
from fairground.identity.models import User
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


def test_where_two_people_pay_a_merchant_there_are_two(settings: Settings) -> None:
    settings.FOUR_EYES = True
    make_market()
    make_scene()

    look_after_some_orders()

    payout = Payout.objects.get()
    assert (payout.state, payout.four_eyes) == (PayoutState.CONFIRMED, True)
    people = User.objects.filter(id__in=[payout.approved_by, payout.sent_by]).values_list("email", flat=True)
    assert set(people) == {"treasurer@demo.example", "bursar@demo.example"}


def test_what_is_refused_is_said_and_the_demo_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    make_market()
    scene = make_scene()
    Sku.objects.filter(id=scene.lamp.id).update(on_sale=False)

    look_after()

    assert capsys.readouterr().out == (
        f"Not everything that follows a sale is there: not-exchangeable {{'order_id': {scene.lamps}, 'line_no': 1}}.\n"
    )
    assert not Case.objects.exists()


def test_where_nothing_is_paid_there_is_nothing_to_do() -> None:
    make_market()
    make_scene(paid=False)

    done = look_after_some_orders()

    assert (done.shipped, done.cases, done.released, done.payouts) == (0, 0, 0, 0)
    assert set(Order.objects.values_list("state", flat=True)) == {Step.PLACED}
