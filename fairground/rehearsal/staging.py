"""Setting the stage of a rehearsed opening: stock as the plan needs it, shoppers, wallets, promotions, the time."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection, transaction

from fairground.crossborder.queries import duty_rules
from fairground.crossborder.rules import DutyRule
from fairground.festivals.actions import shift_festival
from fairground.festivals.models import Festival
from fairground.identity.actions import create_shoppers
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.payments.actions import top_up_wallets
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.actions.declare import create_promotion
from fairground.promotions.rules.collecting import Collected, CollectRequest
from fairground.rehearsal.discounts import Discounts, promotion_records
from fairground.rehearsal.goods import Goods
from fairground.rehearsal.plan import Plan
from fairground.rehearsal.requests import Ask

Say = Callable[[str], None]
# Coupons collected in one turn: some hundred milliseconds, before anybody buys.
COUPONS_A_BATCH_MAX = 5_000


def set_stage(*, plan: Plan, goods: Goods, now_ms: int, say: Say) -> list[int]:
    """Give the realm what the plan counts on, and return the shoppers' ids by the plan's numbers.

    Hot deals have exactly the units of the plan, so they sell out; whatever has fewer than the plan asks for gets more.
    """
    say(f"stock for {len(plan.units_needed):,} goods, {len(plan.hot_units)} of them deals that will sell out")
    set_units(plan=plan, now_ms=now_ms)
    say(f"{plan.shoppers:,} shoppers")
    shopper_ids = create_shoppers(count=plan.shoppers, now_ms=now_ms)
    fill_wallets(asks=plan.asks + plan.warm_up, goods=goods, shopper_ids=shopper_ids, now_ms=now_ms, say=say)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return shopper_ids


def fill_wallets(
    *, asks: Sequence[Ask], goods: Goods, shopper_ids: Sequence[int], now_ms: int, say: Say
) -> Counter[str]:
    """Put as much into the shoppers' wallets as these asks can cost, and return the sums by currency."""
    by_currency: dict[str, dict[int, int]] = {}
    rules = duty_rules()
    for ask in asks:
        wallets = by_currency.setdefault(goods.currency_of_market[ask.market], {})
        shopper_id = shopper_ids[ask.shopper]
        wallets[shopper_id] = wallets.get(shopper_id, 0) + _most_minor(ask, rules.get(ask.market))
    say(f"{sum(map(len, by_currency.values())):,} wallets in {len(by_currency)} currencies")
    for currency, amounts_minor in sorted(by_currency.items()):
        top_up_wallets(amounts_minor=amounts_minor, currency=currency, now_ms=now_ms)
    return Counter({currency: sum(amounts_minor.values()) for currency, amounts_minor in by_currency.items()})


def _most_minor(ask: Ask, rule: DutyRule | None) -> int:
    """Return what it can cost with duties, each line a heading of its own, and the highest tax on them."""
    goods_minor = ask.total_max_minor()
    if rule is None or ask.country not in rule.countries:
        return goods_minor
    duties_minor = len(ask.lines) * rule.heading_minor + goods_minor * rule.value_bps // 10_000
    return goods_minor + duties_minor * 14 // 10


def set_promotions(*, plan: Plan, shopper_ids: Sequence[int], now: datetime, say: Say) -> dict[int, int]:
    """Make the plan's promotions, let shoppers collect the coupons they will name, and return the realm's ids.

    They stand by the plan's numbers; without discounts there are none.
    """
    if plan.discounts is None:
        return {}
    promotion_ids = make_promotions(discounts=plan.discounts, now=now)
    wanted = coupons_wanted(plan)
    say(f"{len(promotion_ids)} promotions, {len(wanted):,} coupons collected")
    for start in range(0, len(wanted), COUPONS_A_BATCH_MAX):
        batch = [
            CollectRequest(promotion_ids[number], market, shopper_ids[shopper], verified=True)
            for number, shopper, market in wanted[start : start + COUPONS_A_BATCH_MAX]
        ]
        outcomes = collect_coupons(batch, now_ms=to_unix_ms(now))
        refused = [one for one in outcomes if not isinstance(one, Collected)]
        assert not refused, refused[:3]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE promotions_coupon, promotions_allowance")
    return promotion_ids


def make_promotions(*, discounts: Discounts, now: datetime) -> dict[int, int]:
    """Make a plan's promotions, and return the realm's ids by the plan's numbers."""
    by = By(user_id=None, now=now)
    records = promotion_records(discounts, now=now)
    return {number: create_promotion(record=record, by=by) for number, record in records.items()}


def coupons_wanted(plan: Plan) -> list[tuple[int, int, str]]:
    """Return the coupons that shoppers will name: promotion and shopper by the plan's numbers, and the market."""
    return sorted({(number, ask.shopper, ask.market) for ask in plan.asks + plan.warm_up for number in ask.coupons})


def set_opening(*, opens_at: datetime, now_ms: int) -> str:
    """Let the realm's festival open at a moment, and return its slug."""
    slug = Festival.objects.values_list("slug", flat=True).get()
    shift_festival(slug=slug, opens_at=opens_at, now_ms=now_ms)
    return slug


def set_units(*, plan: Plan, now_ms: int) -> None:
    """Give stock rows the units that the plan counts on; deals that shall sell out have exactly those."""
    wanted = {**plan.units_needed, **plan.hot_units}
    ids = sorted(wanted)
    with transaction.atomic(), connection.cursor() as cursor:
        take_turn(writer_ids=writers_of_lanes(range(LANES)), now_ms=now_ms, ids_max=0, outbox_rows=0)
        cursor.execute(
            load_sql("rehearsal", "set_units"),
            {
                "lanes": array_text(map(lane_of, ids)),
                "ids": array_text(ids),
                "units": array_text([wanted[one] for one in ids]),
                "exact": [one in plan.hot_units for one in ids],
            },
        )
