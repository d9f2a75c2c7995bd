"""A small realm that traded: written by the real actions, with what the shoppers were told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from fairground.catalog.models import Price, Product, ProductText, Sku
from fairground.checkout.actions.end_purchases import cancel_purchase, expire_purchases
from fairground.checkout.actions.pay_purchases import pay_purchases
from fairground.checkout.actions.place_orders import Outcome, place_orders
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.paying import Paid, PayRequest
from fairground.checkout.rules.placing import LineAsked, Placed, PlaceRequest
from fairground.festivals.models import Approval, Deal, DealPrice, Declaration, Enrolment, Festival, Phase, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.identity.actions import create_shoppers
from fairground.inventory.actions import freeze_deals
from fairground.inventory.models import Place, Stock
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import make_id
from fairground.kernel.refusal import Refusal
from fairground.markets.models import Market, MarketRegion, TaxRate
from fairground.merchants.models import Merchant
from fairground.orders.tasks import follow_purchases
from fairground.payments.actions import top_up_wallets
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.actions.declare import create_promotion
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from fairground.redpackets.actions.give_rounds import close_rounds, create_campaign, open_rounds
from fairground.redpackets.actions.grab_packets import grab_packets
from fairground.redpackets.rules import CampaignKind, CampaignRecord, GrabRequest, RoundWanted
from fairground.sites.problems import write_problem
from tests.rehearsal.drawing import make_draws
from tests.rehearsal.keeping import kept

OPENED_MS = 1_762_819_200_000  # 2025-11-11T00:00:00Z
MINUTE_MS = 60_000
# Half an hour after the opening, so that a purchase of the first minute has expired.
NOW_MS = OPENED_MS + 30 * MINUTE_MS
SHOPPERS = 8
WALLET_MINOR = 100_000


@dataclass(frozen=True, slots=True)
class Goods:
    """A SKU, its deal if it has one, and the price of it (or of the deal) by market."""

    sku_id: int
    deal_id: int | None
    prices_minor: Mapping[str, int]


@dataclass(slots=True)
class Trade:
    """The realm's goods by name, its shoppers, and what they were told in the words of the files."""

    goods: dict[str, Goods] = field(default_factory=dict)
    shoppers: list[int] = field(default_factory=list)
    purchases: dict[str, int] = field(default_factory=dict)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    book: OfferBook = field(default_factory=OfferBook)
    keys: int = 0

    def key(self) -> UUID:
        """Return a key of its own for each request (UUIDv7)."""
        self.keys += 1
        return UUID(int=NOW_MS << 80 | 7 << 76 | 2 << 62 | self.keys)

    def place(
        self,
        shopper: int,
        *lines: tuple[str, int],
        market: str = "EU",
        now_ms: int = NOW_MS,
        key: UUID | None = None,
        line_changes: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> Outcome:
        """Place goods by name and quantity for a shopper by number, and write down the answer.

        `changes` are to the request's own fields, `line_changes` to each of its lines.
        """
        usual = [(self.goods[name], units) for name, units in lines]
        asked = [LineAsked(good.sku_id, good.deal_id, units, good.prices_minor[market]) for good, units in usual]
        wrong = [msgspec.structs.replace(line, **(line_changes or {})) for line in asked]
        request = make_request(self.shoppers[shopper], wrong, key=key or self.key(), market=market, now_ms=now_ms)
        request = msgspec.structs.replace(request, **changes)
        outcome = place_orders([request], book=self.book, now_ms=now_ms)[0]
        self.write_down(request, outcome)
        return outcome

    def pay(self, shopper: int, purchase_id: int, *, amount_minor: int, currency: str = "EUR") -> Paid | Refusal:
        """Pay a purchase from a shopper's wallet, and write down the answer."""
        request = PayRequest(self.shoppers[shopper], self.key().bytes, b"p" * 16, purchase_id, amount_minor, currency)
        outcome = pay_purchases([request], now_ms=NOW_MS + 1000)[0]
        self.write_down(request, outcome)
        return outcome

    def write_down(self, request: PlaceRequest | PayRequest, outcome: Outcome | Paid) -> None:
        """Write an answer down as the crowd does."""
        if isinstance(outcome, Refusal):
            problem = json.loads(write_problem(outcome)[1])
            told = {"type": problem["type"], "status": problem["status"], "facts": problem}
            self.refusals.append(told | {"request": _facts(request)})
        elif isinstance(outcome, Paid):
            paid = {
                "paid": str(outcome.purchase_id),
                "amount_minor": outcome.amount_minor,
                "currency": outcome.currency,
            }
            self.acknowledged.append(paid)
        else:
            self.acknowledged.append(
                {
                    "purchase": str(outcome.purchase_id),
                    "number": outcome.number,
                    "total_minor": outcome.total_minor,
                    "currency": outcome.currency,
                    "shopper": str(request.shopper_id),
                    "key": str(UUID(bytes=request.key)),
                }
            )

    def placed(self, name: str, shopper: int, *lines: tuple[str, int], **changes: Any) -> Placed:
        """Place as `place` does, remember the purchase by a name, and return it."""
        outcome = self.place(shopper, *lines, **changes)
        assert isinstance(outcome, Placed), outcome
        self.purchases[name] = outcome.purchase_id
        return outcome


def make_request(
    shopper_id: int,
    lines: Sequence[LineAsked],
    *,
    key: UUID,
    market: str = "EU",
    now_ms: int = NOW_MS,
) -> PlaceRequest:
    """Return a well-formed request."""
    country, currency = ("DE", "EUR") if market == "EU" else ("US", "USD")
    return PlaceRequest(
        shopper_id=shopper_id,
        verified=True,
        key=key.bytes,
        request_hash=b"h" * 16,
        arrived_at_ms=now_ms,
        market=market,
        currency=currency,
        language="en",
        channel=1,
        device=2,
        entry_hall_id=None,
        creator_id=None,
        creator_claim=None,
        store_id=None,
        country=country,
        region=country,
        address=b'{"name":"Ann Example","country":"DE","lines":["1 Lantern Street"]}',
        lines=tuple(lines),
    )


def _facts(request: PlaceRequest | PayRequest) -> dict[str, object]:
    facts: dict[str, object] = {
        "shopper": str(request.shopper_id),
        "key": str(UUID(bytes=request.key)),
        "currency": request.currency,
    }
    if isinstance(request, PayRequest):
        moments = {"sent_at_ms": NOW_MS + 990, "answered_at_ms": NOW_MS + 1010}
        return facts | moments | {"purchase": str(request.purchase_id), "amount_minor": request.amount_minor}
    lines = [
        {
            "sku": str(line.sku_id),
            "deal": str(line.deal_id) if line.deal_id else None,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_price_minor,
        }
        for line in request.lines
    ]
    moments = {"sent_at_ms": request.arrived_at_ms - 10, "answered_at_ms": request.arrived_at_ms + 10}
    return facts | moments | {"market": request.market, "country": request.country, "lines": lines}


def make_goods(trade: Trade) -> None:
    """Make two markets, three merchants (one in the upper half of the lanes), four SKUs, and two frozen deals."""
    for code, currency, country, included in (("EU", "EUR", "DE", True), ("US", "USD", "US", False)):
        market = Market.objects.create(
            code=code, name=code, currency=currency, languages=["en"], time_zone="UTC", tax_included=included
        )
        MarketRegion.objects.create(country=country, market=market)
        TaxRate.objects.create(region=country, rate_bps=1900 if included else 725)
    opened = from_unix_ms(OPENED_MS)
    festival = Festival.objects.create(
        slug="fair",
        name={"en": "Fair"},
        zone="UTC",
        currency="EUR",
        opens_at=opened,
        closes_at=opened + timedelta(days=1),
    )
    Phase.objects.create(
        festival=festival, kind=PhaseKind.SALE, starts_at=festival.opens_at, ends_at=festival.closes_at
    )
    Transition.objects.create(
        festival=festival, kind=PhaseKind.SALE, edge=Edge.BEGINS, due_at=opened, tried_at=opened, done_at=opened
    )
    for lane, names in ((3, ("lamp", "bulb")), (7, ("cup",)), (40, ("knife",))):
        _make_merchant(trade, festival, lane, names)
    _declare_lamps(Deal.objects.get(sku_id=trade.goods["lamp"].sku_id))
    freeze_deals(festival="fair", now_ms=OPENED_MS - MINUTE_MS)


def make_coupons(trade: Trade) -> None:
    """Make five coupons, of which two are collected, by shoppers who buy nothing."""
    opened = from_unix_ms(OPENED_MS)
    record = PromotionRecord(
        step=DiscountStep.PLATFORM_COUPON,
        kind=PromotionKind.AMOUNT_OFF,
        names={"en": "Ten off"},
        opens_at=opened,
        closes_at=opened + timedelta(days=1),
        terms={"EU": MarketTerms(10_000_000, 1_000, uses_max=9, amount_max_minor=9_000, coupons_max=5)},
        needs_coupon=True,
        shopper_uses_max=1,
    )
    coupon = create_promotion(record=record, by=By(None, from_unix_ms(OPENED_MS - MINUTE_MS)))
    collect_coupons([CollectRequest(coupon, "EU", who, True) for who in trade.shoppers[6:]], now_ms=OPENED_MS)


def _declare_lamps(deal: Deal) -> None:
    """Write that the deal on lamps was declared, found too deep, and approved by two people."""
    at = from_unix_ms(OPENED_MS - 30 * MINUTE_MS)
    merchant_id = Sku.objects.get(id=deal.sku_id).merchant_id
    enrolment = Enrolment.objects.create(
        festival_id="fair", merchant_id=merchant_id, state="admitted", applied_at=at, decided_at=at
    )
    declaration = Declaration.objects.create(
        enrolment=enrolment,
        sku_id=deal.sku_id,
        units=deal.units,
        buyer_limit=deal.buyer_limit,
        state="submitted",
        declared_at=at,
        submitted_at=at,
        findings=[{"code": "too-deep"}],
    )
    for user_id in (1, 2):
        Approval.objects.create(declaration=declaration, version=1, user_id=user_id, at=at)
    Declaration.objects.filter(pk=declaration.pk).update(state="approved", deal=deal)


def _make_merchant(trade: Trade, festival: Festival, lane: int, names: Sequence[str]) -> None:
    born_ms = OPENED_MS - 60 * MINUTE_MS
    merchant = Merchant.objects.create(
        id=make_id(unix_ms=born_ms, lane=lane, sequence=0),
        lane=lane,
        slug=f"m{lane}",
        name=f"M{lane}",
        kind="shop",
        country="DE",
        currency="EUR",
        commission_bps=500,
    )
    place = Place.objects.create(
        id=make_id(unix_ms=born_ms, lane=lane, sequence=1),
        merchant=merchant,
        kind="warehouse",
        name="w",
        city="Lund",
        country="SE",
        latitude=55.7,
        longitude=13.2,
    )
    for at, name in enumerate(names, 1):
        ids = [make_id(unix_ms=born_ms + at, lane=lane, sequence=number) for number in range(4)]
        product = Product.objects.create(id=ids[0], merchant=merchant, external_id=name)
        ProductText.objects.create(product=product, language="en", title=name)
        sku = Sku.objects.create(id=ids[1], lane=lane, merchant=merchant, product=product, external_id=name)
        Stock.objects.create(lane=lane, id=ids[2], sku_id=sku.id, place_id=place.id, units=100)
        usual = {"EU": 1000 * lane + at, "US": 1100 * lane + at}
        for code, currency in (("EU", "EUR"), ("US", "USD")):
            Price.objects.create(sku=sku, market_id=code, price_minor=usual[code], currency=currency)
        trade.goods[name] = Goods(sku.id, None, usual)
        if name in {"lamp", "cup"}:
            deal = Deal.objects.create(
                id=ids[3],
                lane=lane,
                festival=festival,
                sku=sku,
                units=4,
                buyer_limit=2 if name == "lamp" else 0,
                opens_at=festival.opens_at,
                closes_at=festival.closes_at,
            )
            DealPrice.objects.create(deal=deal, market_id="EU", price_minor=499, currency="EUR")
            trade.goods[f"{name} deal"] = Goods(sku.id, deal.id, {"EU": 499})


def give_packets(shoppers: Sequence[int]) -> None:
    """Give red packets in two rounds: of three two are taken and the round is closed, of four two, and it is open."""
    opened = from_unix_ms(OPENED_MS)
    by = By(user_id=None, now=opened - timedelta(minutes=1))
    half, end = opened + timedelta(minutes=10), opened + timedelta(days=1)
    record = CampaignRecord("fair", "EU", {"en": "Rain"}, CampaignKind.RAIN, 10_000, opened, end, end)
    rounds = [RoundWanted(opened, half, 3, 300), RoundWanted(half, end, 4, 400)]
    first, second = open_rounds(campaign_id=create_campaign(record=record, by=by), rounds=rounds, by=by)
    grab_packets([GrabRequest(one, True, first, OPENED_MS) for one in shoppers[5:7]], now_ms=OPENED_MS)
    close_rounds(now_ms=NOW_MS)
    grab_packets([GrabRequest(one, True, second, NOW_MS) for one in shoppers[6:8]], now_ms=NOW_MS)


@kept
def make_trade() -> Trade:
    """Make a realm in which six purchases were placed: three paid, one expired, one cancelled, one still unpaid.

    Seven orders with seven lines; the one named "both" is of two merchants. The deal of cups is sold out but for one.
    Four red packets were grabbed in two rounds, one of which is closed.
    Two draws have given four prizes away.
    """
    trade = Trade()
    make_goods(trade)
    trade.shoppers = create_shoppers(count=SHOPPERS, now_ms=OPENED_MS - MINUTE_MS)
    make_coupons(trade)
    wallets = dict.fromkeys(trade.shoppers[:6], WALLET_MINOR)
    for currency in ("EUR", "USD"):
        top_up_wallets(amounts_minor=wallets, currency=currency, now_ms=OPENED_MS - MINUTE_MS)
    trade.placed("expired", 3, ("bulb", 1), now_ms=OPENED_MS)
    lamp = trade.placed("paid", 0, ("lamp deal", 1))
    trade.placed("unpaid", 1, ("lamp deal", 2))
    both = trade.placed("both", 2, ("cup deal", 3), ("knife", 2))
    taxed = trade.placed("taxed", 4, ("bulb", 3), market="US")
    trade.placed("cancelled", 5, ("lamp deal", 1))
    trade.pay(0, lamp.purchase_id, amount_minor=lamp.total_minor)
    trade.pay(2, both.purchase_id, amount_minor=both.total_minor)
    trade.pay(4, taxed.purchase_id, amount_minor=taxed.total_minor, currency="USD")
    cancel_purchase(purchase_id=trade.purchases["cancelled"], shopper_id=trade.shoppers[5], now_ms=NOW_MS + 2000)
    expire_purchases(now_ms=NOW_MS + 3000)
    give_packets(trade.shoppers)
    make_draws(opened_ms=OPENED_MS, free_shoppers=trade.shoppers[6:])
    follow_purchases()
    return trade


def write_lines(path: Path, entries: Sequence[Mapping[str, object]]) -> Path:
    """Write a file of JSON lines."""
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path
