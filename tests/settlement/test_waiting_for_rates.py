"""Payouts that wait for an exchange rate: who counts as one, until when, and that asking changes nothing."""

from datetime import timedelta

import pytest

from fairground.kernel.clock import from_unix_ms
from fairground.markets.rules import RATE_AGE_MAX_DAYS, RateSource
from fairground.markets.storing_rates import store_rates
from fairground.merchants.models import Merchant
from fairground.settlement.actions.propose_payouts import (
    PayoutsWaiting,
    payouts_waiting_for_rates,
    propose_payouts,
)
from fairground.settlement.models import Payout
from tests.books import hot_rows
from tests.factories import BY, make_market
from tests.refunding import Scene, make_scene
from tests.settlement.making import SETTLED_MS, make_terms, settle

OWED = 21_222
WAITS = [PayoutsWaiting("EUR", "JPY", 1, OWED)]
DAY = from_unix_ms(SETTLED_MS).date()


@pytest.fixture
def scene(two_writers: None) -> Scene:
    """Return two settled orders, of which the merchant of the chairs wants yen."""
    make_market()
    scene = make_scene()
    Merchant.objects.filter(id=scene.chair.merchant.id).update(currency="JPY")
    make_terms(scene.chair.merchant.id, own_currency=True)
    settle(scene.chairs, scene.lamps)
    return scene


def test_who_is_owed_and_wants_a_currency_without_a_rate_waits_and_asking_changes_nothing(scene: Scene) -> None:
    before = hot_rows()

    assert payouts_waiting_for_rates(now_ms=SETTLED_MS) == WAITS
    assert hot_rows() == before
    assert propose_payouts(now_ms=SETTLED_MS) == 1
    assert payouts_waiting_for_rates(now_ms=SETTLED_MS) == WAITS


def test_a_rate_that_still_counts_ends_the_waiting_and_one_that_is_too_old_does_not(scene: Scene) -> None:
    store_rates(
        rates={("JPY", DAY - timedelta(days=RATE_AGE_MAX_DAYS[RateSource.ECB] + 1)): (150, 1)},
        source=RateSource.ECB,
        by=BY,
    )
    assert payouts_waiting_for_rates(now_ms=SETTLED_MS) == WAITS

    store_rates(rates={("JPY", DAY): (162, 1)}, source=RateSource.ECB, by=BY)

    assert payouts_waiting_for_rates(now_ms=SETTLED_MS) == []
    assert propose_payouts(now_ms=SETTLED_MS) == 2
    assert Payout.objects.count() == 2


def test_round_figures_are_enough_for_a_demo(scene: Scene) -> None:
    assert payouts_waiting_for_rates(now_ms=SETTLED_MS, is_real=False) == []


@pytest.mark.parametrize("terms", [{"held": True, "held_because": "no identity"}, {"own_currency": False}])
def test_who_waits_for_something_else_waits_for_no_rate(scene: Scene, terms: dict[str, object]) -> None:
    make_terms(scene.chair.merchant.id, **terms)

    assert payouts_waiting_for_rates(now_ms=SETTLED_MS) == []
