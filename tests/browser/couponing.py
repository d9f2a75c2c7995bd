"""Make coupons in the shop that DATABASE_URL names: of a merchant, of Fairground, one that opens later, one for few."""

from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from fairground.kernel.edits import By  # noqa: E402 - Django must be set up first
from fairground.merchants.models import Merchant  # noqa: E402
from fairground.promotions.actions.declare import create_promotion  # noqa: E402
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord  # noqa: E402
from fairground.promotions.rules.terms import DiscountStep, PromotionKind  # noqa: E402


def make_coupons() -> None:
    """Make five coupons in the European market."""
    now, hour = datetime.now(UTC), timedelta(hours=1)
    merchant_id = Merchant.objects.order_by("id").values_list("id", flat=True)[0]
    percent: dict[str, Any] = {"kind": PromotionKind.PERCENT_OFF, "percent_bps": 1_000}
    coupons: list[tuple[str, str, MarketTerms, dict[str, Any]]] = [
        ("Lantern coupon", "قسيمة الفانوس", MarketTerms(threshold_minor=5_000, off_minor=1_000), {}),
        (
            "The whole house",
            "البيت كله",
            MarketTerms(threshold_minor=5_000, ceiling_minor=2_000, coupons_max=1_250),
            {**percent, "step": DiscountStep.MERCHANT_COUPON, "merchant_id": merchant_id},
        ),
        ("For the quick", "للأسرع", MarketTerms(off_minor=300, coupons_max=3), {"excludes_deals": True}),
        (
            "Brought to you",
            "يصل إليكم",
            MarketTerms(threshold_minor=2_000),
            {"step": DiscountStep.SHIPPING, "kind": PromotionKind.SHIPPING_OFF, "percent_bps": 10_000},
        ),
        ("Midnight coupon", "قسيمة منتصف الليل", MarketTerms(off_minor=500), {"opens_at": now + 3 * hour}),
    ]
    for name, arabic, terms, further in coupons:
        facts = {
            "step": DiscountStep.PLATFORM_COUPON,
            "kind": PromotionKind.AMOUNT_OFF,
            "opens_at": now - hour,
            "closes_at": now + 48 * hour,
            **further,
        }
        names = {"en": name, "ar": arabic}
        record = PromotionRecord(names=names, terms={"EU": terms}, needs_coupon=True, **facts)
        create_promotion(record=record, by=By(user_id=None, now=now))


if __name__ == "__main__":
    make_coupons()
