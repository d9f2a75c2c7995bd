"""Promotions for tests: as the price engine reads them, and as the staff declares them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from fairground.promotions.actions.declare import create_promotion
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord, ScopeNames
from fairground.promotions.rules.terms import (
    DiscountStep,
    PricedLine,
    Promotion,
    PromotionBook,
    PromotionKind,
    Quote,
    make_book,
)
from tests.factories import BY, NOW, NOW_MS

DAY_MS = 86_400_000
_numbers = count(1)


def promotion(
    kind: PromotionKind = PromotionKind.AMOUNT_OFF,
    step: DiscountStep = DiscountStep.CROSS_SHOP,
    *,
    opens_at_ms: int = NOW_MS,
    closes_at_ms: int = NOW_MS + DAY_MS,
    **terms: Any,
) -> Promotion:
    """Return a promotion as the engine reads it; ids go up with each that is made."""
    terms.setdefault("id", next(_numbers))
    return Promotion(step=step, kind=kind, opens_at_ms=opens_at_ms, closes_at_ms=closes_at_ms, **terms)


def every_300_40_off(**terms: Any) -> Promotion:
    """Return the platform's "40.00 off for every 300.00", across shops."""
    return promotion(threshold_minor=30_000, off_minor=4_000, repeats=True, **terms)


def line(unit_minor: int, quantity: int = 1, *, sku_id: int = 0, merchant_id: int = 1, **facts: Any) -> PricedLine:
    """Return a line; a SKU of its own, unless one is named."""
    return PricedLine(sku_id or next(_numbers), merchant_id, quantity, unit_minor, **facts)


def book(*promotions: Promotion) -> PromotionBook:
    """Return promotions as one market's book."""
    return make_book(promotions)


def discounts(quote: Quote) -> list[list[tuple[str, str, int]]]:
    """Return the discounts of each line as (source, funder, amount)."""
    return [[(one.source, one.funder, one.amount_minor) for one in priced.discounts] for priced in quote.lines]


def declared(
    *,
    step: DiscountStep = DiscountStep.CROSS_SHOP,
    kind: PromotionKind = PromotionKind.AMOUNT_OFF,
    terms: Mapping[str, MarketTerms] | None = None,
    opens_at: datetime = NOW,
    closes_at: datetime = NOW + timedelta(days=1),
    **further: Any,
) -> PromotionRecord:
    """Return a declaration: 40.00 off at 300.00 in the EU, unless told otherwise."""
    return PromotionRecord(
        step=step,
        kind=kind,
        names={"en": "Every 300, 40 off"},
        opens_at=opens_at,
        closes_at=closes_at,
        terms=terms or {"EU": MarketTerms(threshold_minor=30_000, off_minor=4_000)},
        **further,
    )


def make_promotion(**declaration: Any) -> int:
    """Make a promotion and return its id."""
    return create_promotion(record=declared(**declaration), by=BY)


def make_coupon(*, coupons_max: int | None = None, uses_max: int | None = None, **further: Any) -> int:
    """Make a coupon of the platform's, 10.00 off at 50.00 in the EU, to be collected since the day before."""
    terms = MarketTerms(threshold_minor=5_000, off_minor=1_000, coupons_max=coupons_max, uses_max=uses_max)
    return make_promotion(
        step=DiscountStep.PLATFORM_COUPON,
        needs_coupon=True,
        collects_from=NOW - timedelta(days=1),
        terms={"EU": terms},
        scope=ScopeNames(),
        **further,
    )
