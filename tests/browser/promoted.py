"""Make a promotion that is over in the shop that DATABASE_URL names, for the back office alone."""

from datetime import UTC, datetime, timedelta

import django

django.setup()

from fairground.kernel.edits import By  # noqa: E402 - Django must be set up first
from fairground.promotions.actions.declare import create_promotion  # noqa: E402
from fairground.promotions.models import Promotion  # noqa: E402
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord  # noqa: E402
from fairground.promotions.rules.terms import DiscountStep, PromotionKind  # noqa: E402

LONG_AGO = datetime(2020, 11, 11, tzinfo=UTC)


def promote() -> None:
    """Make the promotion with a bound of each kind, if there is none that is over."""
    if Promotion.objects.filter(closes_at__lt=datetime.now(UTC)).exists():
        return
    terms = MarketTerms(threshold_minor=30_000, off_minor=4_000, amount_max_minor=500_000, uses_max=100)
    record = PromotionRecord(
        step=DiscountStep.CROSS_SHOP,
        kind=PromotionKind.AMOUNT_OFF,
        names={"en": "Every 300, 40 off"},
        repeats=True,
        merchant_bps=2_500,
        opens_at=LONG_AGO,
        closes_at=LONG_AGO + timedelta(days=1),
        terms={"EU": terms, "JP": terms},
    )
    create_promotion(record=record, by=By(user_id=None, now=datetime.now(UTC)))


if __name__ == "__main__":
    promote()
