"""A promotion whose budget runs out in the sale: more shoppers buy than it can give to, and it gives all it has."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fairground.promotions.actions.declare import create_promotion
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord, ScopeNames
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from fairground.rehearsal.festival.grounds import Crowd, Grounds, by_hand, moment_ms
from fairground.rehearsal.goods import Good, Goods
from fairground.rehearsal.opening import Payment
from fairground.rehearsal.requests import Expect
from fairground.rehearsal.staging import fill_wallets

# In this market, and to it.
MARKET, COUNTRY = "EU", "DE"
# What it takes off a purchase, in minor units; so much at least costs what it is for.
OFF_MINOR, PRICE_MINOR_MIN = 100, 300
# It can give to half of those who buy.
GIVEN_OF_BUYERS = 2
ARRIVALS_A_SECOND = 1_500


def bargain(goods: Goods) -> Good:
    """Return what it is for: the cheapest of what costs enough, so that no threshold across shops is reached by it."""
    plain = [good for good in goods.all if good.deal_id is None and good.prices_minor[MARKET] >= PRICE_MINOR_MIN]
    return min(plain, key=lambda good: (good.prices_minor[MARKET], good.sku_id))


def exhaust_a_budget(ground: Grounds, crowd: Crowd) -> None:
    """Let shoppers buy until the budget of a promotion is gone, and longer, and pay."""
    good, buyers = bargain(crowd.goods), crowd.presale_shoppers[: ground.script.bargain_buyers]
    given = len(buyers) // GIVEN_OF_BUYERS
    ground.told.exhausted.append(create_promotion(record=_promotion(good, given * OFF_MINOR), by=by_hand()))
    arrivals_s = len(buyers) / ARRIVALS_A_SECOND
    asks = [
        replace(ask, market=MARKET, country=COUNTRY, expect=Expect.PLACED)
        for ask in crowd.planner.ask_for([good], shoppers=buyers, arrivals_s=arrivals_s)
    ]
    ground.told.topped_up_minor += fill_wallets(
        asks=asks, goods=crowd.goods, shopper_ids=crowd.shopper_ids, now_ms=moment_ms(), say=ground.say
    )
    shop = crowd.shop(ground)
    placed = ground.note(shop.place(asks))
    payments = [Payment(shopper, one, one.total_minor) for shopper, one in shop.placed.items()]
    ground.told.add_paid(ground.note(shop.make_payments(payments, arrivals_s=arrivals_s)).paid)
    ground.counts["budget_bought"], ground.counts["budget_given_to"] = placed.acknowledged, given
    ground.say(f"{placed.acknowledged:,} bought a bargain whose budget was for {given:,}")


def _promotion(good: Good, budget_minor: int) -> PromotionRecord:
    now = datetime.now(UTC)
    return PromotionRecord(
        step=DiscountStep.CROSS_SHOP,
        kind=PromotionKind.AMOUNT_OFF,
        names={"en": "While the budget lasts"},
        opens_at=now,
        closes_at=now + timedelta(days=1),
        terms={MARKET: MarketTerms(threshold_minor=2 * OFF_MINOR, off_minor=OFF_MINOR, amount_max_minor=budget_minor)},
        scope=ScopeNames(sku_ids=(good.sku_id,)),
    )
