"""A rehearsed opening from stage to report. The realm's programs run already; everything goes through their HTTP."""

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fairground.rehearsal.countries import country_weights
from fairground.rehearsal.goods import read_goods
from fairground.rehearsal.limit import measure_limit
from fairground.rehearsal.machine import CpuMeter, describe_machine
from fairground.rehearsal.opening import Answers, Journal, Opening
from fairground.rehearsal.plan import Plan, Planner
from fairground.rehearsal.requests import Ask, RequestWriter
from fairground.rehearsal.staging import set_opening, set_promotions, set_stage
from fairground.rehearsal.verify import Verification, verify_realm

# Arrivals fill this share of the window, so that the last of them can still be answered within it.
ARRIVALS_SHARE = 0.85
# Early requests arrive in the last second before the opening.
EARLY_S = 1.0
WARM_UP_SHARE = 0.02
WARM_UP_ORDERS_MAX = 2000
WARM_UP_S = 1.0
# Writing 80,000 signed requests takes about this long.
PREPARING_S = 4.0
LATENCY_STEPS_MS = (5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is rehearsed. `sign` mints a pass: (shopper id, seconds it is good for).

    `discounted_percent` of the orders carry a discount; 0: there are no promotions.
    """

    orders: int
    seconds: float
    host: str
    port: int
    folder: Path
    realm: str
    sign: Callable[[int, int], str]
    opens_in_s: float = 2.0
    seed: int = 11
    measures_limit: bool = True
    discounted_percent: int = 0


@dataclass(slots=True)
class _Phases:
    warm_up: Answers = field(default_factory=Answers)
    warm_up_paying: Answers = field(default_factory=Answers)
    early: Answers = field(default_factory=Answers)
    opening: Answers = field(default_factory=Answers)
    late: Answers = field(default_factory=Answers)
    paying: Answers = field(default_factory=Answers)
    cpu_s: dict[str, float] = field(default_factory=dict)
    limit_before: float = 0.0
    limit_after: float = 0.0


def rehearse_opening(script: Script, *, say: Say) -> dict[str, object]:
    """Let the crowd open the festival, pay, and have everything verified; return the report, ready for JSON.

    Figures stand flat in it, then `by_second`, `latency_histogram`, `refusals`, `checks` and `machine`.
    """
    goods = read_goods()
    planner = Planner(goods=goods, countries=country_weights(list(goods.market_of_country)), seed=script.seed)
    arrivals_s = script.seconds * ARRIVALS_SHARE
    plan = planner.plan(orders=script.orders, arrivals_s=arrivals_s, discounted_percent=script.discounted_percent)
    warm_up = min(WARM_UP_ORDERS_MAX, max(1, round(script.orders * WARM_UP_SHARE)))
    plan.warm_up = planner.warm_up(plan, orders=warm_up, arrivals_s=WARM_UP_S)
    shopper_ids = set_stage(plan=plan, goods=goods, now_ms=time.time_ns() // 1_000_000, say=say)
    promotion_ids = set_promotions(plan=plan, shopper_ids=shopper_ids, now=datetime.now(UTC), say=say)
    writer = RequestWriter(
        host=script.host,
        port=script.port,
        goods=goods,
        shopper_ids=shopper_ids,
        sign=script.sign,
        promotion_ids=promotion_ids,
    )
    journal = Journal(script.folder)
    opening = Opening(host=script.host, port=script.port, writer=writer, journal=journal, shopper_ids=shopper_ids)
    phases = _Phases()
    try:
        _perform(script, plan, opening, phases, arrivals_s, say)
    finally:
        journal.close()
    say("verifying with SQL of its own")
    verification = verify_realm(acknowledged=journal.acknowledged, refusals=journal.refused)
    return _report(script, phases, plan.asks, verification)


def _perform(script: Script, plan: Plan, opening: Opening, phases: _Phases, arrivals_s: float, say: Say) -> None:
    set_opening(opens_at=datetime.now(UTC) - timedelta(seconds=1), now_ms=time.time_ns() // 1_000_000)
    say(f"warming up with {len(plan.warm_up):,} orders")
    phases.warm_up = opening.place(plan.warm_up)
    phases.warm_up_paying = opening.pay(arrivals_s=WARM_UP_S)
    if script.measures_limit:
        say("measuring the limit: COPY of such rows on the idle server")
        phases.limit_before = measure_limit()
    opens_at = datetime.now(UTC) + timedelta(seconds=script.opens_in_s + PREPARING_S * script.orders / 80_000)
    set_opening(opens_at=opens_at, now_ms=time.time_ns() // 1_000_000)
    say(f"the festival opens at {opens_at:%H:%M:%S} UTC; {len(plan.asks):,} requests are being written")
    prepared_early = opening.prepare(plan.early)
    prepared = opening.prepare(plan.asks)
    _sleep_until(opens_at - timedelta(seconds=EARLY_S))
    phases.early = opening.send(prepared_early)
    _sleep_until(opens_at)
    say(f"open: {script.orders:,} orders within {script.seconds:g} s")
    meter = CpuMeter()
    phases.opening = opening.send(prepared)
    phases.cpu_s = meter.spent_s()
    say(f"{phases.opening.acknowledged:,} orders in {phases.opening.seconds:.2f} s")
    phases.late = opening.send(opening.prepare(plan.late))
    say("paying")
    phases.paying = opening.pay(arrivals_s=arrivals_s)
    say(f"{phases.paying.acknowledged:,} payments in {phases.paying.seconds:.2f} s")
    if script.measures_limit:
        say("measuring the limit again: COPY of the very same rows")
        phases.limit_after = measure_limit(purchases_max=phases.opening.acknowledged)


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


def _report(script: Script, phases: _Phases, asks: list[Ask], verification: Verification) -> dict[str, object]:
    opening, paying = phases.opening, phases.paying
    placed = opening.acknowledged
    unexpected = [one for phase in _all(phases) for one in phase.unexpected]
    refusals = sum((phase.refusals for phase in _all(phases)), Counter[str]())
    lines = [len(ask.lines) for ask in asks]
    facts = verification.to_json()
    checks = [*facts.pop("checks"), _crowd_check(unexpected, len(asks))]
    return {
        "title": f"Opening rehearsal: {script.orders:,} orders in {script.seconds:g} seconds",
        "realm": script.realm,
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "ok": all(check["ok"] for check in checks),
        "orders_placed": placed,
        "seconds": round(opening.seconds, 3),
        "orders_per_s": round(placed / opening.seconds) if opening.seconds else 0,
        "orders_discounted": opening.discounted,
        "discount_minor_by_currency": dict(sorted(opening.discount_minor.items())),
        "units_asked": sum(line.quantity for ask in asks for line in ask.lines),
        "lines_per_order": round(sum(lines) / len(lines), 3),
        "several_lines_share": round(sum(1 for count in lines if count > 1) / len(lines), 4),
        "several_merchants_share": round(_several_merchants(asks) / len(asks), 4),
        "requests_sent": len(asks),
        "replayed": opening.replayed,
        "second_tries": opening.second_tries,
        "latency_ms_p50": opening.latency_ms(0.50),
        "latency_ms_p95": opening.latency_ms(0.95),
        "latency_ms_p99": opening.latency_ms(0.99),
        "latency_ms_max": opening.latency_ms(1.0),
        "cpu_ms_per_order": round(sum(phases.cpu_s.values()) * 1000 / placed, 4) if placed else 0.0,
        "cpu_ms_per_order_by_part": {
            part: round(spent * 1000 / placed, 4) for part, spent in sorted(phases.cpu_s.items()) if placed
        },
        "limit_orders_per_s": round(max(phases.limit_before, phases.limit_after)),
        "limit_before_orders_per_s": round(phases.limit_before),
        "limit_after_orders_per_s": round(phases.limit_after),
        "payments": paying.acknowledged,
        "payments_per_s": round(paying.acknowledged / paying.seconds) if paying.seconds else 0,
        "unexpected": unexpected[:20],
        **facts,
        "by_second": _by_second(opening),
        "latency_histogram": _histogram(opening.latencies_ms),
        "refusals": dict(refusals.most_common()),
        "checks": checks,
        "machine": describe_machine() | {"filesystem": facts.get("data_filesystem")},
    }


def _all(phases: _Phases) -> list[Answers]:
    return [phases.warm_up, phases.warm_up_paying, phases.early, phases.opening, phases.late, phases.paying]


def _crowd_check(unexpected: list[str], requests: int) -> dict[str, object]:
    detail = "; ".join(unexpected[:3]) or "each request had the answer it should have"
    return {"name": "answers", "ok": not unexpected, "detail": detail, "rows": requests, "difference": len(unexpected)}


def _several_merchants(asks: list[Ask]) -> int:
    return sum(1 for ask in asks if len({line.good.merchant_id for line in ask.lines}) > 1)


def _by_second(opening: Answers) -> list[list[int]]:
    placed, refused = Counter[int](), Counter[int]()
    # The first moment that a request was due: some were sent again and again, and only the last time is known.
    started_ms = min((call.answered_at_ms - round(call.latency_ms) for call in opening.calls if call.status), default=0)
    refusals = [call for call in opening.calls if call.status >= 400]  # noqa: PLR2004
    for count, calls in ((placed, opening.accepted), (refused, refusals)):
        count.update(max(0, call.answered_at_ms - started_ms) // 1000 for call in calls)
    return [[second, placed[second], refused[second]] for second in range(max([*placed, *refused], default=0) + 1)]


def _histogram(latencies_ms: list[float]) -> list[list[int]]:
    counts, ordered, at = [], sorted(latencies_ms), 0
    for upper_ms in LATENCY_STEPS_MS:
        until = bisect_right(ordered, upper_ms)
        counts.append([upper_ms, until - at])
        at = until
    if at < len(ordered):
        counts.append([int(ordered[-1]) + 1, len(ordered) - at])
    return counts
