"""What a demo has on offer beside its crowd: a presale before the opening; coupons, a draw and rain after it.

Only the presale has to be declared before its festival opens, and the crowd knows none. The rest comes when the crowd
is through: where a market has promotions, each of its purchases is priced by them, and each that is paid is looked at
for a draw, which the figures of the opening would tell of. Whatever is there already is left as it is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from fairground.draws.actions.announce_draws import create_draw, create_pool, open_draw
from fairground.draws.models import Draw
from fairground.draws.rules.terms import DrawTerms, EntryKind, PrizeKind, PrizeTerms
from fairground.festivals.models import Deal, DealPrice, Festival, Presale
from fairground.festivals.rules import Period
from fairground.inventory.presales import PresaleDeclaration, PresaleRefused, declare_presale, terms_by_share
from fairground.inventory.price_guard import GuardFinds
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.markets.queries import market_currencies
from fairground.merchants.models import Merchant
from fairground.promotions.actions.declare import create_promotion
from fairground.promotions.models import Promotion
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord
from fairground.promotions.rules.terms import WHOLE_BPS, DiscountStep, PromotionKind
from fairground.redpackets.actions.give_rounds import make_rain
from fairground.redpackets.models import PacketCampaign
from fairground.redpackets.rules import CampaignKind, RainPlan
from fairground.rehearsal.rounding import round_minor
from fairground.rehearsal.shipping_offered import offer_shipping
from fairground.rehearsal.staging import set_opening

# Enough that the presale is declared before the rehearsal lets the festival open; it moves with it.
_AHEAD = timedelta(days=1)
# After the opening, in which the crowd buys: from when until when it is ordered, and the balance paid.
_WINDOWS = ((timedelta(minutes=2), timedelta(hours=12)), (timedelta(hours=12), timedelta(hours=24)))
_DEPOSIT_PERCENT, _WORTH_PERCENT = 10, 15
# Dear goods are presold; of these so many are tried, until the price guard has nothing to say.
_PRESALES_TRIED_MAX = 10
# Soon enough to wait for, late enough to find the page; then for two hours.
_RAIN_IN, _RAIN_EVERY, _RAIN_FOR = timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=1)
_RAIN_ROUNDS, _RAIN_PACKETS = 12, 100
_DRAW, _POOL = "lantern-draw", "lantern-pool"
_BEACON_AFTER = timedelta(minutes=30)


def offer_presale(*, now: datetime) -> int | None:
    """Make one of the festival's dearest deals a presale, and return its product's id; None where none can be one.

    It moves with its festival, which is moved a day ahead first where it opens sooner.

    :raises ShopBusy: there is no presale
    """
    there = _product_of(Presale.objects.values_list("deal_id", flat=True).first())
    if there is not None:
        return there
    festival = Festival.objects.get()
    if festival.opens_at < now + _AHEAD:
        set_opening(opens_at=now + _AHEAD, now_ms=to_unix_ms(now))
        festival.refresh_from_db()
    order, balance = (Period(festival.opens_at + begins, festival.opens_at + ends) for begins, ends in _WINDOWS)
    prices = DealPrice.objects.filter(deal__festival=festival, currency=festival.currency)
    dearest = prices.order_by("-price_minor", "deal_id").values_list("deal_id", flat=True)
    for deal_id in dearest[:_PRESALES_TRIED_MAX]:
        terms = terms_by_share(deal_id=deal_id, deposit_percent=_DEPOSIT_PERCENT, worth_percent=_WORTH_PERCENT)
        try:
            declaration = PresaleDeclaration(order, balance, terms)
            declare_presale(deal_id=deal_id, declaration=declaration, by=By(user_id=None, now=now))
        except (PresaleRefused, GuardFinds):
            continue
        return _product_of(deal_id)
    return None


def _product_of(deal_id: int | None) -> int | None:
    return Deal.objects.filter(id=deal_id).values_list("sku__product_id", flat=True).first() if deal_id else None


def offer_attractions(*, now: datetime) -> None:
    """Make coupons to collect, a draw to enter, red packets that soon rain, and prices of shipping, in every market.

    :raises ShopBusy: what was made before stays, and what was not is made the next time
    """
    festival, by = Festival.objects.get(), By(user_id=None, now=now)
    offer_shipping(by=by)
    if not Promotion.objects.filter(needs_coupon=True).exists():
        for record in _coupons(now, festival.closes_at):
            create_promotion(record=record, by=by)
    if not Draw.objects.filter(slug=_DRAW).exists():
        _announce_draw(festival, by)
    rained_on = set(PacketCampaign.objects.filter(festival=festival).values_list("market_id", flat=True))
    for market, currency in market_currencies().items():
        if market not in rained_on:
            make_rain(plan=_rain(festival.slug, market, currency, now), by=by)


def _coupons(now: datetime, closes_at: datetime) -> Iterable[PromotionRecord]:
    shared: dict[str, Any] = {"opens_at": now, "closes_at": closes_at, "needs_coupon": True}
    names = _words()["coupons"]
    yield PromotionRecord(
        step=DiscountStep.PLATFORM_COUPON,
        kind=PromotionKind.AMOUNT_OFF,
        names=names["threshold"],
        terms=_terms(threshold_minor=5_000, off_minor=1_000, amount_max_minor=10_000_000),
        merchant_bps=2_500,
        **shared,
    )
    yield PromotionRecord(
        step=DiscountStep.PLATFORM_COUPON,
        kind=PromotionKind.AMOUNT_OFF,
        names=names["quick"],
        terms=_terms(coupons_max=300, off_minor=500),
        **shared,
    )
    merchant = Merchant.objects.order_by("slug").first()
    if merchant is not None:
        yield PromotionRecord(
            step=DiscountStep.MERCHANT_COUPON,
            kind=PromotionKind.PERCENT_OFF,
            names=names["merchant"],
            terms=_terms(coupons_max=1_250, uses_max=1_000, threshold_minor=3_000, ceiling_minor=2_000),
            merchant_id=merchant.id,
            percent_bps=1_500,
            merchant_bps=WHOLE_BPS,
            **shared,
        )


def _terms(
    *, coupons_max: int | None = None, uses_max: int | None = None, **euros_minor: int
) -> dict[str, MarketTerms]:
    return {
        market: MarketTerms(
            coupons_max=coupons_max,
            uses_max=uses_max,
            **{name: round_minor(amount, currency=currency) for name, amount in euros_minor.items()},
        )
        for market, currency in market_currencies().items()
    }


def _announce_draw(festival: Festival, by: By) -> None:
    cap_minor = 1_000_000
    create_pool(slug=_POOL, festival=festival.slug, cap_minor=cap_minor, by=by)
    prizes = [
        PrizeTerms(PrizeKind.WALLET, 1, _by_market(100_000)),
        PrizeTerms(PrizeKind.EXEMPTION, 10, _by_market(20_000)),
        PrizeTerms(PrizeKind.WALLET, 100, _by_market(1_000)),
    ]
    terms = DrawTerms(
        slug=_DRAW,
        pool=_POOL,
        name=_words()["draw"],
        opens_at=by.now,
        closes_at=festival.closes_at,
        ways=frozenset(EntryKind),
        beacon_source="drand quicknet, randomness of the first round",
        beacon_at=festival.closes_at + _BEACON_AFTER,
        prizes=prizes,
        entries_max=3,
    )
    create_draw(terms=terms, by=by)
    open_draw(slug=_DRAW, by=by)


def _rain(festival: str, market: str, currency: str, now: datetime) -> RainPlan:
    return RainPlan(
        festival=festival,
        market=market,
        name=_words()["rain"],
        kind=CampaignKind.RAIN,
        budget_minor=_RAIN_ROUNDS * round_minor(20_000, currency=currency),
        packets=_RAIN_PACKETS,
        rounds=_RAIN_ROUNDS,
        first=now + _RAIN_IN,
        every=_RAIN_EVERY,
        open_for=_RAIN_FOR,
        good_for=timedelta(days=7),
    )


def _by_market(euros_minor: int) -> Mapping[str, int]:
    return {market: round_minor(euros_minor, currency=one) for market, one in market_currencies().items()}


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes())
    return found
