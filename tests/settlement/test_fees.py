"""Commissions by category and merchant: the nearest one holds, an order freezes it, and its history stays."""

import pytest

from fairground.catalog.models import Category, Product
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.placing import Placed
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.merchants.actions import CommissionOutOfRange, NoSuchMerchant
from fairground.orders.models import OrderLine
from fairground.settlement.actions.set_fees import FeeChangedSince, NoSuchCategory, set_fee
from fairground.settlement.models import FeeRate
from fairground.settlement.queries import fee_standing, fees_seen
from tests.factories import NOW, SkuMade, make_market, make_merchant, make_shopper, make_sku, place, place_request

BY = By(user_id=None, now=NOW)


@pytest.fixture
def chair(two_writers: None) -> SkuMade:
    make_market()
    home = Category.objects.create(code="home", names={"en": "Home"})
    Category.objects.create(code="home.chairs", parent=home, names={"en": "Chairs"})
    Category.objects.create(code="homes", names={"en": "Homes"})
    return in_category(make_sku(merchant=make_merchant(lane=40)), "home.chairs")


def in_category(sku: SkuMade, category: str) -> SkuMade:
    Product.objects.filter(skus__id=sku.id).update(category_id=category)
    return sku


def frozen(*skus: SkuMade, book: OfferBook | None = None) -> list[int]:
    """Return the commissions that the lines of an order of these goods freeze."""
    (outcome,) = place([place_request(*(sku.line() for sku in skus), shopper_id=make_shopper())], book=book)
    assert isinstance(outcome, Placed), outcome
    lines = OrderLine.objects.filter(order_id=outcome.orders[0].order_id).order_by("line_no")
    return list(lines.values_list("commission_bps", flat=True))


def test_the_merchants_own_commission_holds_where_no_category_has_one(chair: SkuMade) -> None:
    set_fee(category="homes", merchant_id=None, commission_bps=900, by=BY)

    assert frozen(chair) == [500]


def test_the_nearest_category_holds_and_before_it_what_was_agreed_with_the_merchant(chair: SkuMade) -> None:
    book = OfferBook()
    told = []
    for category, merchant_id, bps in (
        ("home", None, 700),
        ("home.chairs", None, 800),
        ("home", chair.merchant.id, 300),
        ("home", chair.merchant.id, None),
        ("home.chairs", None, None),
        ("home", None, 0),
    ):
        assert set_fee(category=category, merchant_id=merchant_id, commission_bps=bps, by=BY)
        told += frozen(chair, book=book)

    assert told == [700, 800, 300, 800, 700, 0]
    assert [one.commission_bps for one in fees_seen()] == [None, 300, 0, 700, None, 800]
    assert AuditEntry.objects.filter(verb="fee-set").count() == 6


def test_each_line_of_an_order_freezes_its_own_commission(chair: SkuMade) -> None:
    lamp = in_category(make_sku(merchant=chair.merchant, price_minor=2_001), "homes")
    set_fee(category="home", merchant_id=None, commission_bps=1_000, by=BY)

    assert frozen(chair, lamp) == [1_000, 500]


def test_the_same_commission_again_changes_nothing(chair: SkuMade) -> None:
    set_fee(category="home", merchant_id=None, commission_bps=700, by=BY)

    assert not set_fee(category="home", merchant_id=None, commission_bps=700, by=BY)
    assert not set_fee(category="homes", merchant_id=None, commission_bps=None, by=BY)
    assert FeeRate.objects.count() == 1


@pytest.mark.parametrize("bps", [-1, 10_001, 2**31])
def test_a_commission_beyond_all_is_refused(chair: SkuMade, bps: int) -> None:
    with pytest.raises(CommissionOutOfRange):
        set_fee(category="home", merchant_id=None, commission_bps=bps, by=BY)

    assert not FeeRate.objects.exists()


def test_a_category_or_merchant_that_is_not_there_is_refused(chair: SkuMade) -> None:
    with pytest.raises(NoSuchCategory):
        set_fee(category="home.sofas", merchant_id=None, commission_bps=100, by=BY)
    with pytest.raises(NoSuchMerchant):
        set_fee(category="home", merchant_id=1, commission_bps=100, by=BY)

    assert not FeeRate.objects.exists()
    assert not AuditEntry.objects.exists()


def test_what_somebody_else_set_since_is_not_written_over(chair: SkuMade) -> None:
    seen_id = fee_standing(category="home", merchant_id=None).last_id
    set_fee(category="home", merchant_id=None, commission_bps=700, by=BY, seen_id=seen_id)

    with pytest.raises(FeeChangedSince):
        set_fee(category="home", merchant_id=None, commission_bps=900, by=BY, seen_id=seen_id)

    assert [one.commission_bps for one in fees_seen()] == [700]
    now_id = fee_standing(category="home", merchant_id=None).last_id
    assert set_fee(category="home", merchant_id=None, commission_bps=900, by=BY, seen_id=now_id)


def test_how_a_commission_stands_is_what_orders_freeze(chair: SkuMade) -> None:
    merchant_id = chair.merchant.id
    for category, whose, bps in (("home", None, 700), ("home.chairs", None, 800), ("home", merchant_id, 300)):
        set_fee(category=category, merchant_id=whose, commission_bps=bps, by=BY)
        holding = fee_standing(category="home.chairs", merchant_id=merchant_id).holding
        assert holding is not None, category
        assert [holding.commission_bps] == frozen(chair) == [bps]
