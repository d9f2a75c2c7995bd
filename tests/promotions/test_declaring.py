"""Promotions are declared, switched and moved by the staff; what makes no sense is refused, and the database agrees."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.models import AuditEntry, Writer
from fairground.promotions.actions.declare import NoSuchPromotion, PromotionRefused, create_promotion, edit_promotion
from fairground.promotions.models import Allowance, AllowanceKind, Promotion, PromotionScope, PromotionTerms
from fairground.promotions.queries import open_promotions
from fairground.promotions.rules.declaring import MarketTerms, ScopeNames
from fairground.promotions.rules.terms import DiscountStep, PromotionBook, PromotionKind, Scope
from tests.factories import BY, NOW, NOW_MS, make_market, make_merchant, make_sku
from tests.promotion_making import DAY_MS, declared, make_coupon, make_promotion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lone_writer")]

DAY = timedelta(days=1)
WHOLE = {"EU": MarketTerms(threshold_minor=100)}
LIMITED = {"EU": MarketTerms(threshold_minor=30_000, off_minor=4_000, uses_max=10, amount_max_minor=25_000)}


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def test_a_promotion_is_read_as_it_was_declared() -> None:
    sku = make_sku()
    promotion_id = make_promotion(
        terms=LIMITED,
        repeats=True,
        merchant_bps=2_500,
        shopper_uses_max=3,
        excludes_deals=True,
        scope=ScopeNames(sku_ids=(sku.id,), merchant_ids=(sku.merchant.id,)),
    )

    (found,) = open_promotions(markets=["EU"], from_at=NOW, to_at=NOW + DAY)["EU"].platform

    assert found.id == promotion_id
    assert (found.step, found.kind, found.merchant_id) == (DiscountStep.CROSS_SHOP, PromotionKind.AMOUNT_OFF, None)
    assert (found.threshold_minor, found.off_minor, found.repeats) == (30_000, 4_000, True)
    assert (found.merchant_bps, found.shopper_uses_max, found.excludes_deals) == (2_500, 3, True)
    assert found.scope == Scope(sku_ids=frozenset({sku.id}), merchant_ids=frozenset({sku.merchant.id}))
    assert (found.opens_at_ms, found.closes_at_ms, found.limited) == (NOW_MS, NOW_MS + DAY_MS, True)
    assert found.names == {"en": "Every 300, 40 off"}


def test_declaring_tells_the_writers_and_stands_in_the_audit_log() -> None:
    promotion_id = make_promotion()

    assert Writer.objects.get().offers_version == 2
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject_kind, entry.subject_id) == ("created", "promotion", str(promotion_id))


def test_limits_become_allowances_and_where_there_is_no_limit_there_is_no_row() -> None:
    make_promotion()
    assert Allowance.objects.count() == 0

    limited = make_promotion(terms=LIMITED)
    coupon = make_coupon(coupons_max=7)

    rows = Allowance.objects.order_by("promotion_id").values_list(
        "promotion_id", "lane", "kind", "taken_max", "amount_max_minor"
    )
    assert list(rows) == [(limited, 0, AllowanceKind.USE, 10, 25_000), (coupon, 0, AllowanceKind.COLLECT, 7, None)]


def test_with_two_writers_a_limit_is_cut_into_two_slices_that_add_up(two_writers: None) -> None:
    make_promotion(terms={"EU": MarketTerms(threshold_minor=30_000, off_minor=4_000, uses_max=11)})

    assert list(Allowance.objects.order_by("lane").values_list("lane", "taken_max")) == [(0, 6), (32, 5)]


REFUSED: list[tuple[str, Mapping[str, Any]]] = [
    ("times", {"closes_at": NOW}),
    ("step", {"step": DiscountStep.MERCHANT_DISCOUNT}),
    ("step", {"step": DiscountStep.RED_PACKET}),
    ("step", {"step": DiscountStep.PLATFORM_COUPON}),
    ("step", {"needs_coupon": True}),
    ("step", {"collects_from": NOW - DAY}),
    ("share", {"merchant_bps": 10_001}),
    ("kind", {"percent_bps": 100}),
    ("kind", {"kind": PromotionKind.PERCENT_OFF, "percent_bps": 10_001, "terms": WHOLE}),
    ("kind", {"kind": PromotionKind.SHIPPING_OFF, "percent_bps": 100, "terms": WHOLE}),
    ("kind", {"kind": PromotionKind.BUNDLE_FOR_FEWER, "bundle_units": 3, "bundle_paid_units": 3}),
    ("kind", {"kind": PromotionKind.BUNDLE_FOR_PRICE, "bundle_units": 1}),
    ("terms", {"terms": {"EU": MarketTerms(threshold_minor=300)}}),
    ("terms", {"terms": {"EU": MarketTerms(off_minor=300)}, "repeats": True}),
    ("terms", {"terms": {"XX": MarketTerms(off_minor=300)}}),
    ("terms", {"kind": PromotionKind.BUNDLE_FOR_PRICE, "bundle_units": 3}),
    ("limits", {"terms": {"EU": MarketTerms(off_minor=300, uses_max=0)}}),
    ("limits", {"terms": {"EU": MarketTerms(off_minor=300, coupons_max=5)}}),
    ("scope", {"scope": ScopeNames(sku_ids=(1,))}),
    ("scope", {"scope": ScopeNames(categories=("nowhere",))}),
]


@pytest.mark.parametrize(("why", "declaration"), REFUSED)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(why: str, declaration: Mapping[str, Any]) -> None:
    with pytest.raises(PromotionRefused) as refused:
        create_promotion(record=declared(**declaration), by=BY)

    assert refused.value.facts == {"why": why}
    assert (Promotion.objects.count(), AuditEntry.objects.count(), Writer.objects.get().offers_version) == (0, 0, 1)


def test_a_merchants_promotion_for_what_another_sells_is_refused() -> None:
    shop, others = make_merchant(), make_sku()
    theirs: dict[str, Any] = {"step": DiscountStep.MERCHANT_DISCOUNT, "merchant_id": shop.id, "merchant_bps": 10_000}

    with pytest.raises(PromotionRefused) as refused:
        make_promotion(**theirs, scope=ScopeNames(sku_ids=(others.id,)))

    assert (refused.value.facts, Promotion.objects.count()) == ({"why": "scope"}, 0)
    make_promotion(**theirs, scope=ScopeNames(sku_ids=(make_sku(merchant=shop).id,)))
    assert Promotion.objects.count() == 1


def test_a_name_that_is_empty_is_refused() -> None:
    record = declared()
    nameless = type(record)(**{name: getattr(record, name) for name in record.__slots__} | {"names": {"en": " "}})

    with pytest.raises(PromotionRefused) as refused:
        create_promotion(record=nameless, by=BY)

    assert refused.value.facts == {"why": "names"}


def test_a_promotion_is_switched_off_and_moved_and_an_edit_that_changes_nothing_is_none() -> None:
    promotion_id = make_promotion()

    assert edit_promotion(promotion_id=promotion_id, by=BY, is_on=False, closes_at=NOW + 2 * DAY)
    assert not edit_promotion(promotion_id=promotion_id, by=BY, is_on=False)

    assert open_promotions(markets=["EU"], from_at=NOW, to_at=NOW + DAY)["EU"] == PromotionBook()
    assert Promotion.objects.get().closes_at == NOW + 2 * DAY
    assert Writer.objects.get().offers_version == 3
    assert AuditEntry.objects.order_by("id").last().facts == {  # type: ignore[union-attr]
        "is_on": [True, False],
        "closes_at": ["2026-11-12T00:00:00+00:00", "2026-11-13T00:00:00+00:00"],
    }


def test_a_promotion_that_is_not_there_or_would_close_before_it_opens_is_not_edited() -> None:
    promotion_id = make_promotion()

    with pytest.raises(NoSuchPromotion):
        edit_promotion(promotion_id=1, by=BY, is_on=False)
    with pytest.raises(PromotionRefused):
        edit_promotion(promotion_id=promotion_id, by=BY, opens_at=NOW + DAY)

    assert (Promotion.objects.get().opens_at, Writer.objects.get().offers_version) == (NOW, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"closes_at": NOW},
        {"merchant_bps": 10_001},
        {"step": DiscountStep.MERCHANT_COUPON},
        {"percent_bps": 1},
        {"bundle_units": 2},
    ],
)
def test_the_database_refuses_what_the_rules_would(wrong: dict[str, Any]) -> None:
    promotion_id = make_promotion()

    with pytest.raises(IntegrityError), transaction.atomic():
        Promotion.objects.filter(id=promotion_id).update(**wrong)


def test_a_scope_names_one_thing_and_terms_are_positive() -> None:
    promotion_id = make_promotion()

    with pytest.raises(IntegrityError), transaction.atomic():
        PromotionScope.objects.create(promotion_id=promotion_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        PromotionTerms.objects.update(uses_max=0)


def test_only_what_is_open_in_the_time_and_market_asked_for_is_read() -> None:
    make_market(code="US", currency="USD", tax_rates_bps={"US": 0})
    here = make_promotion()
    make_promotion(opens_at=NOW + DAY, closes_at=NOW + 2 * DAY)
    make_promotion(opens_at=NOW - DAY, closes_at=NOW)
    merchant = make_merchant()
    own = make_promotion(step=DiscountStep.MERCHANT_DISCOUNT, merchant_id=merchant.id, merchant_bps=10_000)

    books = open_promotions(markets=["EU", "US"], from_at=NOW, to_at=NOW + DAY)

    assert [one.id for one in books["EU"].platform] == [here]
    assert [one.id for one in books["EU"].of_merchants[merchant.id]] == [own]
    assert not books["US"]
