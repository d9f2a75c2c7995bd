"""What the crowd will ask for: an opening second with the mix of a real festival, decided before it begins.

Every request is expected to be placed or refused for a reason known beforehand: the hot deals are asked for more often
than they have units, the rest has stock enough, so a run of N orders places exactly N. With a share of discounts
each of them says what must be taken off, and is refused where the shop reckons otherwise (`discounts.py`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from fairground.rehearsal.discounts import COUPON, Discounts, discount_asks
from fairground.rehearsal.goods import Good, Goods
from fairground.rehearsal.requests import Ask, AskedLine, Expect

# 42.6 % of the orders of the festival of 2014 came by mobile.
MOBILE_SHARE = 0.426
# Of the rest, tablets are few.
TABLET_SHARE = 0.05
SEVERAL_LINES_SHARE = 0.20
SEVERAL_MERCHANTS_SHARE = 0.03
# Half of the lines are festival deals; the rest is bought along.
DEAL_SHARE = 0.5
# This share of the purchases goes to deals that sell out, asked for this many times over.
HOT_SHARE = 0.06
HOT_DEALS = 12
HOT_DEMAND = 1.6
SAME_KEY_AGAIN_SHARE = 0.01
INVALID_SHARE = 0.01
EARLY_SHARE = 0.005
OVER_LIMIT_SHARE = 0.003
EARLY_SPREAD_S = 0.4
LINES_MAX = 4
# Of the mobile orders, those placed in an app; of the lines, those of a single unit.
APP_SHARE = 0.7
ONE_UNIT_SHARE = 0.85
# The same request comes again this long after the first (a double click, an impatient reload).
AGAIN_AFTER_S = (0.05, 1.5)


@dataclass(slots=True)
class Plan:
    """The requests before, during and after the rush, and what the shop must have in stock for them."""

    asks: list[Ask]
    early: list[Ask] = field(default_factory=list)
    late: list[Ask] = field(default_factory=list)
    warm_up: list[Ask] = field(default_factory=list)
    units_needed: dict[int, int] = field(default_factory=dict)
    hot_units: dict[int, int] = field(default_factory=dict)
    discounts: Discounts | None = None

    @property
    def shoppers(self) -> int:
        """How many shoppers there are, numbered from 0."""
        return 1 + max(ask.shopper for ask in self.asks + self.early + self.late + self.warm_up)


def zipf_weights(count: int) -> list[float]:
    """Return cumulated weights 1, 1/2, 1/3 …: the most wanted first (Zipf's law with exponent 1)."""
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


class Planner:
    """Draws requests from one seeded source of chance, so that a run can be repeated."""

    def __init__(self, *, goods: Goods, countries: dict[str, float], seed: int) -> None:
        self._random = random.Random(seed)
        self._goods = goods
        served = {country: weight for country, weight in countries.items() if country in goods.market_of_country}
        assert served, "no market serves any country"
        self._countries = list(served)
        self._country_weights = list(accumulate(served.values()))
        self._deals = self._shuffled([good for good in goods.all if good.deal_id is not None])
        self._plain = self._shuffled([good for good in goods.all if good.deal_id is None])
        assert len(self._plain) > 1, "a rehearsal needs a catalogue"
        hot = min(HOT_DEALS, len(self._deals) // 3)
        self._hot, self._deals = self._deals[:hot], self._deals[hot:]
        self._deal_weights, self._plain_weights = zipf_weights(len(self._deals)), zipf_weights(len(self._plain))
        self._by_merchant: dict[int, list[Good]] = {}
        for good in self._plain:
            self._by_merchant.setdefault(good.merchant_id, []).append(good)

    def plan(self, *, orders: int, arrivals_s: float, discounted_percent: int = 0) -> Plan:
        """Return a run that places `orders` purchases, its arrivals spread over `arrivals_s` seconds.

        Of them `discounted_percent` carry a discount; 0: no promotions are made, and nobody speaks of a discount.
        """
        plan = Plan(asks=[])
        hot_orders = round(orders * HOT_SHARE) if self._hot else 0
        shopper = self._hot_asks(plan, hot_orders, arrivals_s)
        for _ in range(orders - hot_orders):
            ask = self._ask(shopper, self._lines(), self._random.uniform(0, arrivals_s))
            plan.asks.append(ask)
            _count_units(plan, ask)
            shopper += 1
        if discounted_percent:
            plan.discounts, plan.asks = discount_asks(
                plan.asks,
                wanted=round(orders * discounted_percent / 100),
                markets=self._goods.currency_of_market,
                chance=self._random,
            )
        placed = [ask for ask in plan.asks if ask.expect is Expect.PLACED]
        self._again(plan, placed, arrivals_s)
        self._over_limit(plan, placed)
        shopper = self._invalid(plan, shopper, round(orders * INVALID_SHARE), arrivals_s)
        self._early(plan, shopper, round(orders * EARLY_SHARE))
        return plan

    def warm_up(self, plan: Plan, *, orders: int, arrivals_s: float) -> list[Ask]:
        """Return ordinary purchases by shoppers of their own, before the opening counts.

        Where the plan has discounts each names a coupon, so that nothing of them happens for the first time later.
        """
        asks = []
        for shopper in range(plan.shoppers, plan.shoppers + orders):
            ask = self._ask(shopper, [(self._random.choice(self._plain), 1)], self._random.uniform(0, arrivals_s))
            _count_units(plan, ask)
            asks.append(plan.discounts.pin(ask, coupons=(COUPON,)) if plan.discounts else ask)
        return asks

    def ask_for(self, goods: Sequence[Good], *, shoppers: Sequence[int], arrivals_s: float) -> list[Ask]:
        """Return an ask of each shopper for a unit of one of these, the first the most wanted, while there are any."""
        weights = zipf_weights(len(goods))
        return [
            self._ask(
                shopper,
                [(self._random.choices(goods, cum_weights=weights)[0], 1)],
                self._random.uniform(0, arrivals_s),
                Expect.PLACED_OR_SOLD_OUT,
            )
            for shopper in shoppers
        ]

    def _shuffled(self, goods: list[Good]) -> list[Good]:
        self._random.shuffle(goods)
        return goods

    def _ask(
        self, shopper: int, goods: Sequence[tuple[Good, int]], due_s: float, expect: Expect = Expect.PLACED
    ) -> Ask:
        country = self._random.choices(self._countries, cum_weights=self._country_weights)[0]
        market = self._goods.market_of_country[country]
        chance = self._random.random()
        device = "mobile" if chance < MOBILE_SHARE else "tablet" if chance < MOBILE_SHARE + TABLET_SHARE else "desktop"
        return Ask(
            shopper=shopper,
            country=country,
            market=market,
            device=device,
            channel="app" if device == "mobile" and self._random.random() < APP_SHARE else "web",
            lines=tuple(AskedLine(good, quantity) for good, quantity in goods),
            due_s=due_s,
            expect=expect,
        )

    def _lines(self) -> list[tuple[Good, int]]:
        first = self._good()
        chance = self._random.random()
        if chance >= SEVERAL_LINES_SHARE:
            return [(first, self._quantity(first))]
        goods = {first.stock_id: first}
        if chance < SEVERAL_MERCHANTS_SHARE:
            while len({good.merchant_id for good in goods.values()}) < 2:  # noqa: PLR2004
                other = self._good()
                goods[other.stock_id] = other
        else:
            own = self._by_merchant.get(first.merchant_id, [first])
            for _ in range(self._random.randint(1, LINES_MAX - 1)):
                other = self._random.choice(own)
                goods[other.stock_id] = other
            if len(goods) == 1:
                other = next((good for good in own if good.stock_id != first.stock_id), self._good())
                goods[other.stock_id] = other
        return [(good, self._quantity(good)) for good in goods.values()]

    def _good(self) -> Good:
        if self._deals and self._random.random() < DEAL_SHARE:
            return self._random.choices(self._deals, cum_weights=self._deal_weights)[0]
        return self._random.choices(self._plain, cum_weights=self._plain_weights)[0]

    def _quantity(self, good: Good) -> int:
        quantity = 1 if self._random.random() < ONE_UNIT_SHARE else 2
        return min(quantity, good.buyer_limit) if good.buyer_limit else quantity

    def _hot_asks(self, plan: Plan, hot_orders: int, arrivals_s: float) -> int:
        """One unit each, more asks than units: as many are refused as ask for more than there is."""
        shopper = 0
        share = zipf_weights(len(self._hot))
        for rank, good in enumerate(self._hot):
            before = share[rank - 1] if rank else 0.0
            units = round(hot_orders * share[rank] / share[-1]) - round(hot_orders * before / share[-1])
            plan.hot_units[good.stock_id] = units
            for _ in range(round(units * HOT_DEMAND)):
                due_s = self._random.uniform(0, arrivals_s)
                plan.asks.append(self._ask(shopper, [(good, 1)], due_s, Expect.PLACED_OR_SOLD_OUT))
                shopper += 1
        return shopper

    def _again(self, plan: Plan, placed: list[Ask], arrivals_s: float) -> None:
        for ask in self._random.sample(placed, round(len(placed) * SAME_KEY_AGAIN_SHARE)):
            plan.asks.append(ask.again(min(arrivals_s, ask.due_s + self._random.uniform(*AGAIN_AFTER_S))))

    def _over_limit(self, plan: Plan, placed: list[Ask]) -> None:
        """Shoppers who have what one buyer may have, and come back for more."""
        limited = [
            ask for ask in placed if len(ask.lines) == 1 and ask.lines[0].good.buyer_limit == ask.lines[0].quantity
        ]
        wanted = min(len(limited), round(len(placed) * OVER_LIMIT_SHARE))
        for ask in self._random.sample(limited, wanted):
            plan.late.append(ask.more(self._random.uniform(0, 0.5)))

    def _invalid(self, plan: Plan, shopper: int, count: int, arrivals_s: float) -> int:
        kinds = [expect for expect in Expect if expect.is_invalid]
        for number in range(count):
            expect = kinds[number % len(kinds)]
            plan.asks.append(self._ask(shopper, [(self._good(), 1)], self._random.uniform(0, arrivals_s), expect))
            shopper += 1
        return shopper

    def _early(self, plan: Plan, shopper: int, count: int) -> None:
        deals = self._deals + self._hot
        for number in range(count if deals else 0):
            good = self._random.choice(deals)
            plan.early.append(
                self._ask(shopper + number, [(good, 1)], number / count * EARLY_SPREAD_S, Expect.NOT_OPEN)
            )


def _count_units(plan: Plan, ask: Ask) -> None:
    for line in ask.lines:
        plan.units_needed[line.good.stock_id] = plan.units_needed.get(line.good.stock_id, 0) + line.quantity
