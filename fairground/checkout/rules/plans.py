"""What deciding a purchase starts from and ends with: markets, offers, and the lines that will be written."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from fairground.checkout.rules.charges import NO_SHIPPING, ShippingPlan
from fairground.checkout.rules.presales import PresaleTerms
from fairground.crossborder.rules import NO_BORDER, Border, DutyRule
from fairground.merchants.rules import ShippingRate
from fairground.promotions.rules.terms import Discount


class MarketFacts(Struct, frozen=True):
    """What a market prescribes; `duties` is what it asks of goods that come into its customs area."""

    code: str
    currency: str
    tax_included: bool
    countries: frozenset[str]
    duties: DutyRule | None = None


class Offer(Struct, frozen=True):
    """What the decision must know of a SKU in a market, or of its deal.

    `stock`: (stock id, place id), best first; `sent_from` are the countries of the places.
    """

    sku_id: int
    deal_id: int | None
    market: str
    lane: int
    merchant_id: int
    merchant_country: bytes
    commission_bps: int
    unit_price_minor: int
    price_version: int
    hs_code: bytes
    titles: dict[str, bytes]
    stock: tuple[tuple[int, int], ...]
    festival_id: bytes | None
    opens_at_ms: int
    closes_at_ms: int
    buyer_limit: int
    hall_id: int | None = None
    categories: frozenset[str] = frozenset()
    presale: PresaleTerms | None = None
    creator_bps: int = 0
    shipping: ShippingRate | None = None
    sent_from: Mapping[int, str] = {}

    def title(self, language: str) -> bytes:
        """Return the title in this language, else in English, else in any."""
        found = self.titles.get(language) or self.titles.get("en")
        return found if found is not None else next(iter(self.titles.values()), b"")


OfferKey = tuple[int, int | None, str]


class LinePlan(Struct, frozen=True):
    """A line that will be written; `discount_minor` is the sum of its `discounts`."""

    offer: Offer
    stock_id: int
    place_id: int
    quantity: int
    goods_minor: int
    tax_minor: int
    tax_rate_bps: int
    discount_minor: int = 0
    discounts: Sequence[Discount] = ()


class OrderPlan(Struct, frozen=True):
    """A merchant's part of a purchase that will be written."""

    lines: list[LinePlan]
    goods_minor: int
    tax_added_minor: int
    units: int
    discount_minor: int = 0
    shipping: ShippingPlan = NO_SHIPPING
    border: Border = NO_BORDER

    @property
    def total_minor(self) -> int:
        """Goods less discounts, shipping less its own, the tax on top of both, and what customs asks."""
        charges_minor = self.shipping.payable_minor + self.tax_added_minor + self.border.total_minor
        return self.goods_minor - self.discount_minor + charges_minor
