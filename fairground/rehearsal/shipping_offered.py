"""What the merchants of a demo ask for shipping: some nothing, some a flat price, some nothing from a sum on."""

from itertools import cycle

from fairground.kernel.edits import By
from fairground.markets.models import MarketRegion
from fairground.markets.queries import market_currencies
from fairground.merchants.actions import set_shipping
from fairground.merchants.models import Merchant, MerchantShipping
from fairground.merchants.rules import ShippingRate
from fairground.rehearsal.rounding import round_minor

# In euros' minor units: what an order costs to send, and from which goods on nothing; 0: from none.
_ASKED = ((490, 5_000), (0, 0), (690, 8_000), (390, 0))
# Days within the merchant's own market, and from far away.
_NEAR, _FAR = (2, 4), (6, 12)


def offer_shipping(*, by: By) -> None:
    """Let each merchant ask something for shipping in every market; where one of them does already, all is left.

    :raises ShopBusy: what was set before stays
    """
    if MerchantShipping.objects.exists():
        return
    markets = dict(MarketRegion.objects.values_list("country", "market_id"))
    for merchant, (price, free_from) in zip(Merchant.objects.order_by("slug"), cycle(_ASKED), strict=False):
        rates: dict[str, ShippingRate | None] = {}
        for market, currency in market_currencies().items():
            days = _NEAR if markets.get(merchant.country) == market else _FAR
            price_minor, free_minor = (_about(one, currency) for one in (price, free_from))
            rates[market] = ShippingRate(price_minor, free_minor, *days)
        set_shipping(merchant_id=merchant.id, rates=rates, by=by)


def _about(euros_minor: int, currency: str) -> int:
    return round_minor(euros_minor, currency=currency) if euros_minor else 0
