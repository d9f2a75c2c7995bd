"""Merchants and the lanes in which they trade."""

from collections import Counter

import pytest

from fairground.kernel.ids import lane_of
from fairground.merchants.actions import ensure_merchants
from fairground.merchants.models import Merchant
from fairground.merchants.queries import merchant_page_starts, merchant_slugs
from tests.catalogue_making import NOW_MS, make_merchant, make_shop, offers_version

pytestmark = pytest.mark.django_db


def test_new_merchants_take_the_lanes_in_turn() -> None:
    make_shop()
    records = [make_merchant(slug=f"m-{number}") for number in range(130)]
    first = ensure_merchants(records=records[:70], now_ms=NOW_MS)
    second = ensure_merchants(records=records, now_ms=NOW_MS)
    assert {slug: second[slug] for slug in first} == first
    assert [second[f"m-{number}"].lane for number in range(130)] == [number % 64 for number in range(130)]
    assert {lane_of(key.id) - key.lane for key in second.values()} == {0}
    assert Counter(Counter(Merchant.objects.values_list("lane", flat=True)).values()) == {2: 62, 3: 2}


def test_merchants_that_are_as_they_were_change_nothing() -> None:
    make_shop()
    ensure_merchants(records=[make_merchant()], now_ms=NOW_MS)
    before = offers_version()
    ensure_merchants(records=[make_merchant()], now_ms=NOW_MS)
    assert offers_version() == before


def test_a_merchant_that_changed_keeps_its_id_and_raises_the_version_of_the_offers() -> None:
    make_shop()
    [key] = ensure_merchants(records=[make_merchant()], now_ms=NOW_MS).values()
    before = offers_version()
    ensure_merchants(records=[make_merchant(commission_bps=900)], now_ms=NOW_MS)
    merchant = Merchant.objects.get()
    assert (merchant.id, merchant.lane, merchant.commission_bps) == (key.id, key.lane, 900)
    assert offers_version() == before + 1


def test_pages_of_merchants_follow_each_other_by_id_and_leave_none_out() -> None:
    make_shop()
    ensure_merchants(records=[make_merchant(slug=f"m-{number}") for number in range(5)], now_ms=NOW_MS)
    rows = list(Merchant.objects.order_by("id").values_list("id", "slug"))

    starts = merchant_page_starts(page_max=2)

    assert starts == [rows[place][0] for place in (0, 2, 4)]
    pages = [merchant_slugs(first_id=first_id, page_max=2) for first_id in starts]
    assert [slug for page in pages for slug in page] == [slug for _, slug in rows]
