"""Saying what a merchant asks for shipping: audited, told to the writers, refused where it can't be."""

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.models import AuditEntry, Writer
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import (
    NoSuchMerchant,
    NoSuchShippingMarket,
    ShippingOutOfRange,
    ShippingSetSince,
    set_shipping,
)
from fairground.merchants.models import MerchantShipping
from fairground.merchants.queries import shipping_by_market, shipping_rate_of, shipping_rates
from fairground.merchants.rules import (
    SHIPPING_BOUND_MINOR,
    SHIPPING_DAYS_MAX,
    SHIPPING_FREE_FROM_MAX_CENTS,
    SHIPPING_MAX_CENTS,
    ShippingRate,
)
from tests.factories import BY, MerchantMade, make_market, make_merchant

RATE = ShippingRate(490, 5_000, 2, 4)


@pytest.fixture
def merchant(lone_writer: object) -> MerchantMade:
    make_market()
    return make_merchant(lane=3)


def test_a_rate_is_written_told_to_the_writers_and_in_the_audit_log(merchant: MerchantMade) -> None:
    (before,) = Writer.objects.values_list("offers_version", flat=True)

    assert set_shipping(merchant_id=merchant.id, rates={"EU": RATE}, by=BY)

    assert shipping_by_market(merchant_id=merchant.id) == {"EU": RATE}
    assert shipping_rates(merchant_ids=[merchant.id], market="EU") == {merchant.id: RATE}
    assert shipping_rate_of(slug=f"merchant-{merchant.id}", market="EU") == RATE
    assert Writer.objects.get().offers_version == before + 1
    entry = AuditEntry.objects.get()
    assert (entry.subject_kind, entry.subject_id) == ("merchant", str(merchant.id))


def test_the_same_again_changes_nothing_and_tells_nobody(merchant: MerchantMade) -> None:
    set_shipping(merchant_id=merchant.id, rates={"EU": RATE}, by=BY)
    version = Writer.objects.get().offers_version

    assert not set_shipping(merchant_id=merchant.id, rates={"EU": RATE}, by=BY)

    assert (Writer.objects.get().offers_version, AuditEntry.objects.count()) == (version, 1)


def test_a_rate_is_changed_and_taken_away(merchant: MerchantMade) -> None:
    set_shipping(merchant_id=merchant.id, rates={"EU": RATE}, by=BY)
    set_shipping(merchant_id=merchant.id, rates={"EU": ShippingRate(0, 0, 1, 1)}, by=BY, seen={"EU": RATE.told})
    assert shipping_by_market(merchant_id=merchant.id) == {"EU": ShippingRate(0, 0, 1, 1)}

    set_shipping(merchant_id=merchant.id, rates={"EU": None}, by=BY)

    assert shipping_by_market(merchant_id=merchant.id) == {}


@pytest.mark.parametrize(
    "rate",
    [
        ShippingRate(-1, 0, 1, 2),
        ShippingRate(SHIPPING_BOUND_MINOR + 1, 0, 1, 2),
        ShippingRate(0, -1, 1, 2),
        ShippingRate(0, SHIPPING_BOUND_MINOR + 1, 1, 2),
        ShippingRate(0, 0, 0, 2),
        ShippingRate(0, 0, 3, 2),
        ShippingRate(0, 0, 1, SHIPPING_DAYS_MAX + 1),
    ],
)
def test_what_is_out_of_range_is_refused_by_the_action_and_by_the_database(
    merchant: MerchantMade, rate: ShippingRate
) -> None:
    with pytest.raises(ShippingOutOfRange):
        set_shipping(merchant_id=merchant.id, rates={"EU": rate}, by=BY)
    row = MerchantShipping(
        merchant_id=merchant.id,
        market_id="EU",
        price_minor=rate.price_minor,
        free_from_minor=rate.free_from_minor,
        days_min=rate.days_min,
        days_max=rate.days_max,
    )
    with pytest.raises(IntegrityError, match=r"shipping_(prices|days)_in_range"), transaction.atomic():
        row.save()
    assert not MerchantShipping.objects.exists()


@pytest.mark.parametrize(
    ("currency", "price_minor", "free_from_minor"),
    [
        ("EUR", SHIPPING_MAX_CENTS, SHIPPING_FREE_FROM_MAX_CENTS),
        ("VND", 307_000_000, 307_000_000_000),
        ("JPY", 1_870_000, 1_870_000_000),
        ("KWD", 3_600_000, 3_600_000_000),
        ("IDR", 20_080_000_000, SHIPPING_BOUND_MINOR),
    ],
)
def test_the_most_that_is_asked_means_the_same_in_every_currency(
    lone_writer: object, currency: str, price_minor: int, free_from_minor: int
) -> None:
    make_market(currency=currency)
    merchant = make_merchant(lane=3)

    for beyond in (ShippingRate(price_minor + 1, 0, 2, 4), ShippingRate(0, free_from_minor + 1, 2, 4)):
        with pytest.raises(ShippingOutOfRange):
            set_shipping(merchant_id=merchant.id, rates={"EU": beyond}, by=BY)
    assert not MerchantShipping.objects.exists()
    assert set_shipping(merchant_id=merchant.id, rates={"EU": ShippingRate(price_minor, free_from_minor, 2, 4)}, by=BY)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"rates": {"XX": RATE}}, NoSuchShippingMarket),
        ({"merchant_id": 4096}, NoSuchMerchant),
        ({"seen": {"EU": RATE.told}}, ShippingSetSince),
    ],
)
def test_what_is_not_there_or_not_as_it_was_seen_is_refused(
    merchant: MerchantMade, asked: dict[str, object], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        set_shipping(**({"merchant_id": merchant.id, "rates": {"EU": RATE}, "by": BY} | asked))  # type: ignore[arg-type]

    assert not MerchantShipping.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("goods", "asked", "missing"), [(0, 490, 5_000), (4_999, 490, 1), (5_000, 0, 0), (9_000, 0, 0)]
)
def test_how_much_is_asked_and_is_missing_follows_the_goods(goods: int, asked: int, missing: int) -> None:
    assert (RATE.asked_minor(goods), RATE.missing_minor(goods)) == (asked, missing)


def test_nothing_is_missing_where_shipping_is_free_or_never_free() -> None:
    assert ShippingRate(0, 5_000, 1, 2).missing_minor(10) == ShippingRate(490, 0, 1, 2).missing_minor(10) == 0
