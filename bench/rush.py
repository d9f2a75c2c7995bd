"""One opening without a report: the rehearsal's crowd, only that nothing sells out and nothing is verified."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from bench.stage import Stage
from bench.telling import say
from fairground.rehearsal.machine import CpuMeter
from fairground.rehearsal.opening import Answers
from fairground.rehearsal.run import ARRIVALS_SHARE

WARM_UP_ORDERS = 1000
WARM_UP_S = 1.0
# After the requests are written: time enough for the early ones, which make the shop read the deals.
OPENS_IN_S = 1.5


@dataclass(frozen=True, slots=True)
class Rush:
    """What one opening did."""

    answers: Answers
    opens_at: datetime
    cpu_s: dict[str, float]

    @property
    def orders_per_s(self) -> float:
        """Purchases a second, from the first request sent to the last one confirmed."""
        return self.answers.acknowledged / self.answers.seconds if self.answers.seconds else 0.0

    def figures(self) -> dict[str, object]:
        """Return what history keeps."""
        answers = self.answers
        return {
            "orders": answers.acknowledged,
            "seconds": round(answers.seconds, 3),
            "orders_per_s": round(self.orders_per_s),
            "latency_ms_p50": answers.latency_ms(0.50),
            "latency_ms_p99": answers.latency_ms(0.99),
            "second_tries": answers.second_tries,
            "unexpected": len(answers.unexpected),
            "cpu_ms_per_order_by_part": cpu_ms_each(self.cpu_s, answers.acknowledged),
        }


def rush(
    stage: Stage,
    *,
    orders: int,
    seconds: float,
    seed: int,
    meanwhile: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Rush:
    """Open the festival to a crowd that wants `orders` within `seconds`, once more in the same realm if need be.

    `meanwhile` is entered before the opening and left after the last answer.
    """
    planner, arrivals_s = stage.planner(seed=seed), seconds * ARRIVALS_SHARE
    plan = planner.plan(orders=orders, arrivals_s=arrivals_s)
    warm_up = planner.warm_up(plan, orders=min(WARM_UP_ORDERS, orders), arrivals_s=WARM_UP_S)
    shopper_ids = stage.furnish([*plan.asks, *warm_up, *plan.early])
    with stage.crowd(shopper_ids) as crowd:
        stage.open_festival(datetime.now(UTC) - timedelta(seconds=1))
        crowd.place(warm_up)
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        stage.open_festival(datetime.now(UTC) + timedelta(days=1))
        early, prepared = crowd.prepare(plan.early), crowd.prepare(plan.asks)
        opens_at = datetime.now(UTC) + timedelta(seconds=OPENS_IN_S)
        stage.open_festival(opens_at)
        crowd.send(early)
        with meanwhile():
            time.sleep(max(0.0, (opens_at - datetime.now(UTC)).total_seconds()))
            meter = CpuMeter()
            answers = crowd.send(prepared)
            cpu_s = meter.spent_s()
    done = Rush(answers, opens_at, cpu_s)
    say(f"{answers.acknowledged:,} orders in {answers.seconds:.2f} s: {done.orders_per_s:,.0f} per second")
    return done


def cpu_ms_each(cpu_s: dict[str, float], count: int) -> dict[str, float]:
    """Return the milliseconds of processor time that each of `count` things cost, by part."""
    return {part: round(spent * 1000 / count, 4) for part, spent in sorted(cpu_s.items()) if count}
