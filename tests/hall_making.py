"""A hall of a festival for tests, with goods in it."""

from datetime import datetime, timedelta

from fairground.festivals.models import Deal, Festival, Hall
from tests.factories import MerchantMade, SkuMade, make_sku

FAR_OFF = datetime.fromisoformat("2100-11-11T00:00:00+00:00")
DAY = timedelta(days=1)


def make_hall(*, slug: str = "home", opens_at: datetime = FAR_OFF) -> Hall:
    """Make a hall of the festival `fair`, which opens at a moment for a day."""
    festival, _ = Festival.objects.get_or_create(
        slug="fair",
        defaults={
            "name": {"en": "Fair"},
            "zone": "UTC",
            "currency": "EUR",
            "opens_at": opens_at,
            "closes_at": opens_at + DAY,
        },
    )
    return Hall.objects.create(festival=festival, slug=slug, name={"en": slug.capitalize()})


def make_hall_deal(
    hall: Hall,
    title: str,
    *,
    price_minor: int = 500,
    opens_at: datetime = FAR_OFF,
    merchant: MerchantMade | None = None,
    market: str = "EU",
) -> SkuMade:
    """Make a product of 10 euros with a deal in the hall that is open for a day."""
    made = make_sku(
        merchant=merchant,
        market=market,
        deal_price_minor=price_minor,
        opens_at=opens_at,
        closes_at=opens_at + DAY,
        titles={"en": title},
    )
    Deal.objects.filter(sku=made.id).update(hall=hall)
    return made
