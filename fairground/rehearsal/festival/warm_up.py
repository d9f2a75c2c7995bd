"""The warm-up: what the crowd will ask for is known, promotions are made, and coupons collected in a rush."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection

from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.identity.actions import create_shoppers
from fairground.promotions.actions.declare import create_promotion
from fairground.promotions.rules.declaring import MarketTerms, PromotionRecord
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from fairground.rehearsal.countries import country_weights
from fairground.rehearsal.crowd import Call
from fairground.rehearsal.festival.budget import bargain
from fairground.rehearsal.festival.calendar import SLUG
from fairground.rehearsal.festival.grounds import Crowd, Grounds, by_hand, moment_ms
from fairground.rehearsal.festival.script import COUPONS_PERCENT, DISCOUNTED_PERCENT
from fairground.rehearsal.goods import read_goods
from fairground.rehearsal.opening import Answers, reason_of, run_calls
from fairground.rehearsal.plan import Planner
from fairground.rehearsal.requests import RequestWriter, new_key
from fairground.rehearsal.staging import coupons_wanted, fill_wallets, make_promotions, set_units

# Where the rush for coupons and the rain are.
RUSH_MARKETS = ("CN", "EU", "US")
RUSH_A_SECOND = 6_000
# The scarce coupon is for carts that nobody fills: what the orders cost is known beforehand.
SCARCE_THRESHOLD_MINOR, SCARCE_OFF_MINOR = 1_000_000_000, 1_000
# One who collected comes again in so many, and gets the same coupon.
AGAIN_EACH = 50


def warm_up(ground: Grounds, *, arrivals_s: float) -> Crowd:
    """Make the crowd and the promotions of its plan, let it collect coupons over HTTP, and return it."""
    crowd, promotion_ids = _make_crowd(ground, arrivals_s)
    wanted = [(promotion_ids[number], shopper, market) for number, shopper, market in coupons_wanted(crowd.plan)]
    pinned = _collect(ground, crowd, wanted)
    if pinned.refusals:
        ground.unexpected.append(f"coupons that are not limited were refused: {dict(pinned.refusals)}")
    ground.counts["warm_up_promotions"] = len(promotion_ids) + 1
    ground.counts["warm_up_coupons_for_orders"] = pinned.acknowledged
    ground.calendar.hold_off(PhaseKind.PRESALE, Edge.BEGINS)
    _rush(ground, crowd)
    collected, sent_away = len(ground.told.coupons), ground.counts["warm_up_sent_away"]
    ground.say(f"{collected:,} coupons collected, {sent_away:,} shoppers came too late for one")
    return crowd


def _make_crowd(ground: Grounds, arrivals_s: float) -> tuple[Crowd, dict[int, int]]:
    script = ground.script
    goods = read_goods(festival=SLUG)
    planner = Planner(goods=goods, countries=country_weights(list(goods.market_of_country)), seed=script.seed)
    plan = planner.plan(orders=script.orders, arrivals_s=arrivals_s, discounted_percent=DISCOUNTED_PERCENT)
    assert plan.discounts is not None, "there is a share of discounts"
    stock_id = bargain(goods).stock_id
    plan.units_needed[stock_id] = plan.units_needed.get(stock_id, 0) + script.bargain_buyers
    set_units(plan=plan, now_ms=moment_ms())
    shoppers = max(script.shoppers, plan.shoppers + script.presales)
    shopper_ids = create_shoppers(count=shoppers, now_ms=moment_ms())
    ground.counts["shoppers"] = shoppers
    ground.say(f"{shoppers:,} shoppers")
    ground.calendar.hold_off(PhaseKind.PRESALE, Edge.BEGINS)
    ground.told.topped_up_minor += fill_wallets(
        asks=plan.asks, goods=goods, shopper_ids=shopper_ids, now_ms=moment_ms(), say=ground.say
    )
    promotion_ids = make_promotions(discounts=plan.discounts, now=datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    writer = RequestWriter(
        host=script.host,
        port=script.port,
        goods=goods,
        shopper_ids=shopper_ids,
        sign=script.sign,
        promotion_ids=promotion_ids,
    )
    crowd = Crowd(
        goods=goods,
        planner=planner,
        plan=plan,
        shopper_ids=shopper_ids,
        presale_shoppers=range(shoppers - script.presales, shoppers),
        writer=writer,
    )
    return crowd, promotion_ids


def _rush(ground: Grounds, crowd: Crowd) -> None:
    """All shoppers want a coupon of which there are fewer: each market gives exactly what it has."""
    by_market = crowd.spread(RUSH_MARKETS)
    coupons = {market: len(shoppers) * COUPONS_PERCENT // 100 for market, shoppers in by_market.items()}
    promotion_id = create_promotion(record=_scarce(coupons), by=by_hand())
    wanted = [(promotion_id, shopper, market) for market, shoppers in by_market.items() for shopper in shoppers]
    answers = _collect(ground, crowd, wanted + wanted[::AGAIN_EACH])
    ground.told.gone.append(promotion_id)
    ground.counts["warm_up_asked"] = len(wanted)
    ground.counts["warm_up_coupons_scarce"] = sum(coupons.values())
    ground.counts["warm_up_collected"] = answers.acknowledged
    ground.counts["warm_up_sent_away"] = answers.refusals["coupons-gone"]
    others = {reason: count for reason, count in answers.refusals.items() if reason != "coupons-gone"}
    if others or answers.acknowledged != sum(coupons.values()):
        ground.unexpected.append(f"{answers.acknowledged} of {sum(coupons.values())} coupons; refused: {others}")


def _scarce(coupons: dict[str, int]) -> PromotionRecord:
    now = datetime.now(UTC)
    return PromotionRecord(
        step=DiscountStep.PLATFORM_COUPON,
        kind=PromotionKind.AMOUNT_OFF,
        names={"en": "Coupon of the first hour"},
        opens_at=now,
        closes_at=now + timedelta(days=1),
        terms={
            market: MarketTerms(
                threshold_minor=SCARCE_THRESHOLD_MINOR, off_minor=SCARCE_OFF_MINOR, coupons_max=coupons_max
            )
            for market, coupons_max in coupons.items()
        },
        needs_coupon=True,
        collects_from=now,
    )


def _collect(ground: Grounds, crowd: Crowd, wanted: Sequence[tuple[int, int, str]]) -> Answers:
    """Let shoppers collect coupons, each by its promotion, its shopper's number and the market."""
    meaning: dict[int, tuple[int, int]] = {}
    calls = []
    for number, (promotion_id, shopper, market) in enumerate(wanted):
        key = new_key(moment_ms())
        request = crowd.writer.collect(promotion_id=promotion_id, market=market, shopper=shopper, key=key)
        call = Call(number / RUSH_A_SECOND, request)
        meaning[id(call)] = (promotion_id, crowd.shopper_ids[shopper])
        calls.append(call)
    answers = Answers(calls=calls)

    def answered(call: Call) -> None:
        if call.status < 300:  # noqa: PLR2004
            is_new = meaning[id(call)] not in ground.told.coupons
            ground.told.coupons.add(meaning[id(call)])
            answers.acknowledged += is_new
            answers.replayed += not is_new
        else:
            answers.refusals[reason_of(call)] += 1

    run_calls(ground.script.host, ground.script.port, answers, answered)
    return ground.note(answers)
