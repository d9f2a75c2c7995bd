"""A small shop for tests: markets, merchants, SKUs, deals, shoppers, and requests as the door passes them on."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from fairground.catalog.models import Price, Product, ProductText, Sku
from fairground.checkout.actions.pay_purchases import PayOutcome, pay_purchases
from fairground.checkout.actions.place_orders import Outcome, place_orders
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.paying import PayRequest
from fairground.checkout.rules.placing import LineAsked, Placed, PlaceRequest
from fairground.crossborder.models import CustomsArea, DutyRule
from fairground.festivals.models import Deal, DealPrice, Festival
from fairground.identity.models import Shopper
from fairground.inventory.models import Place, Stock
from fairground.kernel.edits import By
from fairground.kernel.ids import make_id
from fairground.markets.models import Market, MarketRegion, TaxRate
from fairground.merchants.models import Merchant, MerchantShipping
from fairground.payments.actions import top_up_wallets

NOW_MS = 1_794_355_200_000  # 2026-11-11T00:00:00Z
NOW = datetime(2026, 11, 11, tzinfo=UTC)
BY = By(user_id=None, now=NOW, reason="so it was decided")
# Who gives money away, or issues cards that were sold, says why.
GIVER = By(user_id=None, now=NOW, reason="invoice 4711")
# Before the festival, so that no made id meets one that a batch draws.
_BORN_MS = NOW_MS - 30 * 86_400_000

_numbers = count(1)


def next_id(*, lane: int) -> int:
    """Return an id that nothing has yet."""
    number = next(_numbers)
    return make_id(unix_ms=_BORN_MS + number // 4096, lane=lane, sequence=number % 4096)


def next_key(*, unix_ms: int = NOW_MS) -> bytes:
    """Return a new UUIDv7 of that millisecond, as bytes."""
    return unix_ms.to_bytes(6) + b"\x70\x00\x80\x00" + next(_numbers).to_bytes(6)


@dataclass(frozen=True, slots=True)
class MerchantMade:
    """A merchant and its warehouse."""

    id: int
    lane: int
    place_id: int


@dataclass(frozen=True, slots=True)
class SkuMade:
    """A SKU in one market, with a stock row, and the deal on it with its own row where one was asked for."""

    id: int
    market: str
    currency: str
    price_minor: int
    stock_id: int
    merchant: MerchantMade
    deal_id: int | None = None
    deal_price_minor: int | None = None
    deal_stock_id: int | None = None

    def line(self, quantity: int = 1, *, price_minor: int | None = None) -> LineAsked:
        """Return a line at the usual price, or at one that the shopper believes to have seen."""
        return LineAsked(self.id, None, quantity, self.price_minor if price_minor is None else price_minor)

    def deal_line(self, quantity: int = 1) -> LineAsked:
        """Return a line at the deal's price."""
        assert self.deal_price_minor is not None, "no deal was made on this SKU"
        return LineAsked(self.id, self.deal_id, quantity, self.deal_price_minor)


def make_market(
    *,
    code: str = "EU",
    currency: str = "EUR",
    tax_included: bool = True,
    tax_rates_bps: Mapping[str, int] | None = None,
) -> str:
    """Make a market that sends to the countries (and knows the regions) of `tax_rates_bps`; return its code."""
    rates = {"DE": 1900, "ES": 2100} if tax_rates_bps is None else tax_rates_bps
    Market.objects.create(
        code=code, name=code, currency=currency, languages=["en"], time_zone="UTC", tax_included=tax_included
    )
    MarketRegion.objects.bulk_create(MarketRegion(country=one, market_id=code) for one in rates if len(one) == 2)
    TaxRate.objects.bulk_create(TaxRate(region=region, rate_bps=bps) for region, bps in rates.items())
    return code


def make_merchant(*, lane: int = 0, country: str = "ES", commission_bps: int = 500) -> MerchantMade:
    """Make a merchant with a warehouse."""
    merchant_id, place_id = next_id(lane=lane), next_id(lane=lane)
    Merchant.objects.create(
        id=merchant_id,
        lane=lane,
        slug=f"merchant-{merchant_id}",
        name="Olmo",
        kind="shop",
        country=country,
        currency="EUR",
        commission_bps=commission_bps,
    )
    Place.objects.create(
        id=place_id,
        merchant_id=merchant_id,
        kind="warehouse",
        name="Valencia",
        city="Valencia",
        country=country,
        latitude=39.47,
        longitude=-0.38,
    )
    return MerchantMade(merchant_id, lane, place_id)


def make_shipping(
    merchant: MerchantMade, *, price_minor: int = 490, free_from_minor: int = 0, market: str = "EU", days: int = 3
) -> None:
    """Make what a merchant asks for shipping in a market."""
    MerchantShipping.objects.create(
        merchant_id=merchant.id,
        market_id=market,
        price_minor=price_minor,
        free_from_minor=free_from_minor,
        days_min=days - 1,
        days_max=days,
    )


def make_duty(
    *,
    market: str = "EU",
    countries: Sequence[str] = ("DE", "ES"),
    heading_minor: int = 300,
    value_bps: int = 0,
    value_max_minor: int = 15_000,
) -> None:
    """Make what a market asks of goods that come into the customs area `EU` of these countries."""
    CustomsArea.objects.get_or_create(code="EU", defaults={"name": "Customs union", "countries": list(countries)})
    DutyRule.objects.create(
        market_id=market,
        area_id="EU",
        heading_minor=heading_minor,
        value_bps=value_bps,
        value_max_minor=value_max_minor,
    )


def make_sku(
    *,
    merchant: MerchantMade | None = None,
    market: str = "EU",
    units: int = 100,
    price_minor: int = 1_000,
    titles: Mapping[str, str] | None = None,
    deal_price_minor: int | None = None,
    deal_units: int = 10,
    buyer_limit: int = 0,
    opens_at: datetime = NOW,
    closes_at: datetime = NOW + timedelta(days=1),
    hs_code: str = "940161",
) -> SkuMade:
    """Make a SKU with a price in `market` and units at its merchant's warehouse; with a price for it, a frozen deal."""
    merchant = merchant or make_merchant()
    lane = merchant.lane
    currency = Market.objects.get(code=market).currency
    product_id, sku_id, stock_id = (next_id(lane=lane) for _ in range(3))
    Product.objects.create(id=product_id, merchant_id=merchant.id, external_id=str(product_id))
    ProductText.objects.bulk_create(
        ProductText(product_id=product_id, language=language, title=title)
        for language, title in (titles or {"en": "Oak chair"}).items()
    )
    Sku.objects.create(
        id=sku_id,
        lane=lane,
        merchant_id=merchant.id,
        product_id=product_id,
        external_id=str(sku_id),
        hs_code=hs_code,
    )
    Price.objects.create(sku_id=sku_id, market_id=market, price_minor=price_minor, currency=currency)
    Stock.objects.create(lane=lane, id=stock_id, sku_id=sku_id, place_id=merchant.place_id, units=units)
    made = SkuMade(sku_id, market, currency, price_minor, stock_id, merchant)
    if deal_price_minor is None:
        return made
    deal_id, deal_stock_id = next_id(lane=lane), next_id(lane=lane)
    Deal.objects.create(
        id=deal_id,
        lane=lane,
        festival_id=make_festival(),
        sku_id=sku_id,
        units=deal_units,
        buyer_limit=buyer_limit,
        opens_at=opens_at,
        closes_at=closes_at,
    )
    DealPrice.objects.create(deal_id=deal_id, market_id=market, price_minor=deal_price_minor, currency=currency)
    Stock.objects.create(
        lane=lane, id=deal_stock_id, sku_id=sku_id, place_id=merchant.place_id, deal_id=deal_id, units=deal_units
    )
    return SkuMade(sku_id, market, currency, price_minor, stock_id, merchant, deal_id, deal_price_minor, deal_stock_id)


def make_festival(*, slug: str = "fair") -> str:
    """Make the festival that deals belong to, or find it; return its slug."""
    Festival.objects.get_or_create(
        slug=slug,
        defaults={
            "name": {"en": "Fair"},
            "zone": "UTC",
            "currency": "EUR",
            "opens_at": NOW,
            "closes_at": NOW + timedelta(days=1),
        },
    )
    return slug


def make_shopper(*, lane: int = 0, verified: bool = True, blocked_at: datetime | None = None) -> int:
    """Make a shopper and return its id."""
    shopper_id = next_id(lane=lane)
    Shopper.objects.create(id=shopper_id, lane=lane, verified=verified, blocked_at=blocked_at)
    return shopper_id


def give_wallet(*, shopper_id: int, amount_minor: int, currency: str = "EUR", now_ms: int = NOW_MS) -> None:
    """Put money into a shopper's wallet."""
    top_up_wallets(amounts_minor={shopper_id: amount_minor}, currency=currency, now_ms=now_ms)


def place_request(
    *lines: LineAsked,
    shopper_id: int,
    key: bytes | None = None,
    verified: bool = True,
    arrived_at_ms: int = NOW_MS,
    market: str = "EU",
    currency: str = "EUR",
    language: str = "en",
    country: str = "DE",
    region: str = "DE",
    address: bytes = b'{"name":"Ada","country":"DE","lines":["Hauptstr. 1"]}',
    coupons: tuple[int, ...] = (),
    packets: tuple[int, ...] = (),
    discount_minor: int | None = None,
    creator_id: int | None = None,
    shipping_minor: int | None = None,
    duties_minor: int | None = None,
) -> PlaceRequest:
    """Return a purchase as the door would pass it on. Its hash stands for its lines and where it goes."""
    content = repr((lines, market, currency, language, country, region, address, coupons, packets)).encode()
    return PlaceRequest(
        shopper_id=shopper_id,
        verified=verified,
        key=key or next_key(),
        request_hash=hashlib.blake2b(content, digest_size=16).digest(),
        arrived_at_ms=arrived_at_ms,
        market=market,
        currency=currency,
        language=language,
        channel=1,
        device=2,
        entry_hall_id=None,
        creator_id=creator_id,
        creator_claim=None if creator_id is None else 2,
        store_id=None,
        country=country,
        region=region,
        address=address,
        lines=lines,
        coupons=coupons,
        packets=packets,
        discount_minor=discount_minor,
        shipping_minor=shipping_minor,
        duties_minor=duties_minor,
    )


def pay_request(
    placed: Placed,
    *,
    shopper_id: int,
    key: bytes | None = None,
    amount_minor: int | None = None,
    currency: str | None = None,
) -> PayRequest:
    """Return a payment of a placed purchase as the door would pass it on, in full unless told otherwise."""
    amount = placed.total_minor if amount_minor is None else amount_minor
    content = repr((placed.purchase_id, amount, currency)).encode()
    return PayRequest(
        shopper_id=shopper_id,
        key=key or next_key(),
        request_hash=hashlib.blake2b(content, digest_size=16).digest(),
        purchase_id=placed.purchase_id,
        amount_minor=amount,
        currency=currency or placed.currency,
    )


def place(requests: Sequence[PlaceRequest], *, now_ms: int = NOW_MS, book: OfferBook | None = None) -> list[Outcome]:
    """Place a batch with a book of its own, unless one is given."""
    return place_orders(requests, book=book or OfferBook(), now_ms=now_ms)


def place_one(request: PlaceRequest, *, now_ms: int = NOW_MS) -> Placed:
    """Place a purchase that must not be refused."""
    (outcome,) = place([request], now_ms=now_ms)
    assert isinstance(outcome, Placed), outcome
    return outcome


def pay(requests: Iterable[PayRequest], *, now_ms: int = NOW_MS) -> list[PayOutcome]:
    """Pay a batch."""
    return pay_purchases(list(requests), now_ms=now_ms)
