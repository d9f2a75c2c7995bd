"""Shoppers made in bulk."""

from collections import Counter

import pytest

from fairground.identity.actions import create_shoppers
from fairground.identity.models import Shopper
from fairground.kernel.ids import lane_of
from tests.catalogue_making import NOW_MS, make_shop

pytestmark = pytest.mark.django_db


def test_shoppers_are_spread_evenly_over_the_lanes() -> None:
    make_shop()
    ids = create_shoppers(count=6_400, now_ms=NOW_MS)
    assert len(set(ids)) == 6_400
    assert set(Shopper.objects.values_list("id", "lane", "verified")) == {(one, lane_of(one), True) for one in ids}
    assert Counter(map(lane_of, ids)) == dict.fromkeys(range(64), 100)


def test_shoppers_made_again_are_other_ones() -> None:
    make_shop()
    first = create_shoppers(count=300_000 // 64, now_ms=NOW_MS)
    second = create_shoppers(count=10, now_ms=NOW_MS, verified=False)
    assert set(first).isdisjoint(second)
    assert Shopper.objects.filter(verified=False).count() == 10
