"""A minute of twice what the shop can take for as long: what it accepts, how fast, what becomes of those sent away."""

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from bench.records import Goal, Result
from bench.refusals import cost_of_refusal
from bench.rehearsals import best, rehearse, server_cpu_ms
from bench.spool import spooled
from bench.stage import HOME, HOST, Stage, now_ms, running_stage
from bench.streams import quantile
from bench.surge import Seen, Surge
from bench.telling import say
from fairground.identity.actions import create_shoppers
from fairground.rehearsal.machine import CpuMeter
from fairground.rehearsal.requests import Ask, Expect, RequestWriter, new_key

TIMES_SUSTAINABLE = 2
# An opening is a burst that queues take up; a load is sustained if nobody is sent away or waits for long. The shares of
# the burst's rate that are tried for it, from the top.
SUSTAINED_SHARES = (0.9, 0.8, 0.7, 0.6, 0.5)
SUSTAINED_MS_P99_MAX = 1000
# What one asks for is asked for again by others, each with a pass and a key of their own.
TEMPLATES = 20_000
SHOPPERS_A_BATCH = 100_000
DRAIN_S = 900.0
# More than both processes' queues hold in a burst: with fewer it would be the crowd that waits, not its requests.
CONNECTIONS = 12_000


@dataclass(frozen=True, slots=True)
class _Size:
    rehearsed_orders: int
    rehearsed_s: float
    rehearsals: int
    tried_s: float
    seconds: float
    refusals_measured: int


@dataclass(frozen=True, slots=True)
class _Load:
    """What was seen: `cpu_s` and `refusals_while_sending` until all was sent, `stored` when all was answered."""

    seen: Seen
    offered: int
    cpu_s: dict[str, float]
    refusals_while_sending: int
    stored: int

    @property
    def accepted(self) -> int:
        """How many were accepted until the last was sent."""
        return sum(1 for at in self.seen.placed_at_s if at <= self.seen.all_sent_at_s)

    @property
    def accepted_per_s(self) -> float:
        return self.accepted / self.seen.all_sent_at_s

    @property
    def is_sustained(self) -> bool:
        """Whether nobody was sent away and hardly anybody waited for long."""
        return not self.seen.refused and quantile(list(self.seen.of_due_ms), 0.99) <= SUSTAINED_MS_P99_MAX


def run_overload(*, quick: bool) -> Result:
    """Find the load that is sustained, offer twice that in an open loop, let the line empty, cost a refusal."""
    size = _Size(4000, 0.5, 1, 2.0, 4.0, 3000) if quick else _Size(80_000, 9.0, 2, 30.0, 60.0, 30_000)
    burst = best(rehearse(orders=size.rehearsed_orders, seconds=size.rehearsed_s, times=size.rehearsals))
    tried = round(burst["orders_per_s"] * size.tried_s * sum(SUSTAINED_SHARES))
    most = tried + round(burst["orders_per_s"] * TIMES_SUSTAINABLE * size.seconds)
    with running_stage() as stage:
        asks = _templates(stage, times=-(-most // TEMPLATES) + 1)
        shopper_ids = _shoppers(most)
        stage.open_festival(datetime.now(UTC) - timedelta(seconds=1))
        loads = list(_until_sustained(stage, asks, shopper_ids, burst["orders_per_s"], size.tried_s))
        offered_per_s = TIMES_SUSTAINABLE * loads[-1].accepted_per_s
        # Shoppers of their own, since some have all that a buyer may have of a deal by now.
        shopper_ids = shopper_ids[tried:]
        overload = _offer(stage, asks, shopper_ids, offered_per_s, size.seconds)
        writer = stage.writer(shopper_ids)
        refusal_cpu_s = cost_of_refusal(
            stage, count=size.refusals_measured, write=lambda number: _request(writer, asks, number % len(shopper_ids))
        )
    return _result(burst, loads, overload, refusal_cpu_s)


def _until_sustained(
    stage: Stage, asks: list[Ask], shopper_ids: list[int], burst_per_s: float, seconds: float
) -> Iterator[_Load]:
    """Offer less and less until all of it is taken in time; the last one is sustained, or the least that was tried."""
    first = 0
    for share in SUSTAINED_SHARES:
        load = _offer(stage, asks, shopper_ids[first:], share * burst_per_s, seconds)
        first += load.offered
        say(f"{share:.0%} of the burst: {load.accepted_per_s:,.0f} a second, {load.seen.refused:,} were sent away")
        yield load
        if load.is_sustained:
            return


def _templates(stage: Stage, *, times: int) -> list[Ask]:
    plan = stage.planner(seed=15).plan(orders=TEMPLATES, arrivals_s=1.0)
    asks = [ask for ask in plan.asks if ask.expect is Expect.PLACED and ask.first is None]
    # Fewer templates than planned (those that sell out are left out), so each is asked for more often.
    stage.furnish(asks, times=times * TEMPLATES // len(asks) + 1)
    return asks


def _shoppers(count: int) -> list[int]:
    say(f"{count:,} shoppers")
    ids: list[int] = []
    while len(ids) < count:
        ids += create_shoppers(count=min(SHOPPERS_A_BATCH, count - len(ids)), now_ms=now_ms())
    return ids


def _request(writer: RequestWriter, asks: list[Ask], number: int) -> bytes:
    return writer.place(replace(asks[number % len(asks)], shopper=number), key=new_key(now_ms()))


def _offer(stage: Stage, asks: list[Ask], shopper_ids: list[int], per_s: float, seconds: float) -> _Load:
    count, writer, seen = round(per_s * seconds), stage.writer(shopper_ids), Seen()
    say(f"writing {count:,} requests to disk")
    path = HOME.path / "overload.requests"
    with spooled(path, count=count, write=lambda number: _request(writer, asks, number)) as spool:
        surge = Surge(
            HOST,
            stage.port,
            seen.note,
            connections=CONNECTIONS,
            give_up_after_s=seconds + DRAIN_S,
            spool=spool,
            seen=seen,
        )
        sent: list[tuple[dict[str, float], int]] = []

        def all_are_sent() -> None:
            sent.append((meter.spent_s(), seen.refusals))
            say(f"all are sent, {len(seen.placed_at_s):,} placed, {seen.refused:,} were sent away; the line empties")

        say(f"offering {per_s:,.0f} orders a second for {seconds:g} s")
        with _without_collector():
            meter = CpuMeter()
            surge.surge(_moments(count, per_s), when_all_are_sent=all_are_sent)
    ((cpu_s, refusals),) = sent
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_purchase")
        (stored,) = cursor.fetchone() or (0,)
    return _Load(seen, count, cpu_s, refusals, stored)


def _moments(count: int, per_s: float) -> Iterator[float]:
    """Arrivals of people who know nothing of each other (a Poisson process)."""
    chance, at = random.Random(15), 0.0  # noqa: S311 - not for secrets
    for _ in range(count):
        at += chance.expovariate(per_s)
        yield at


@contextmanager
def _without_collector() -> Iterator[None]:
    """A million calls that wait make Python's cycle collector pause the crowd for seconds; it would find nothing."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _result(burst: dict[str, Any], loads: list[_Load], overload: _Load, refusal_cpu_s: float) -> Result:
    seen, sustained = overload.seen, loads[-1]
    best_per_s = max(load.accepted_per_s for load in loads)
    server_s = _server_cpu_s(overload)
    left_s = server_s - overload.refusals_while_sending * refusal_cpu_s
    per_cpu_s, best_per_cpu_s = overload.accepted / left_s, sustained.accepted / _server_cpu_s(sustained)
    first = [ms for ms, tries in zip(seen.of_due_ms, seen.tries, strict=True) if tries == 1]
    more = sum(1 for tries in seen.tries if tries > 2)
    placed = len(seen.placed_at_s)
    before = sum(len(load.seen.placed_at_s) for load in loads)
    figures = {
        "burst_orders_per_s": burst["orders_per_s"],
        "burst_per_server_cpu_s": round(1000 / server_cpu_ms(burst)),
        "tried": [
            {
                "offered_per_s": round(load.offered / load.seen.all_sent_at_s),
                "accepted_per_s": round(load.accepted_per_s),
                "refused": load.seen.refused,
                "latency_ms_p99_of_due": quantile(list(load.seen.of_due_ms), 0.99),
            }
            for load in loads
        ],
        "sustained": sustained.is_sustained,
        "sustained_per_s": round(sustained.accepted_per_s),
        "sustained_per_server_cpu_s": round(best_per_cpu_s),
        "best_accepted_per_s": round(best_per_s),
        "offered": overload.offered,
        "offered_per_s": round(overload.offered / seen.all_sent_at_s),
        "seconds": round(seen.all_sent_at_s, 2),
        "sent_late_ms_p99": quantile(list(seen.late_ms), 0.99),
        "accepted": overload.accepted,
        "accepted_per_s": round(overload.accepted_per_s),
        "accepted_share": round(overload.accepted_per_s / best_per_s, 3),
        "server_cpu_s": round(server_s, 2),
        "cpu_s_by_part": {part: round(spent, 2) for part, spent in overload.cpu_s.items()},
        "refusals": overload.refusals_while_sending,
        "refusal_cpu_us": round(refusal_cpu_s * 1e6, 1),
        "accepted_per_cpu_s_after_refusals": round(per_cpu_s),
        "cpu_share_after_refusals": round(per_cpu_s / best_per_cpu_s, 3),
        "latency_ms_p99_of_accepted_try": quantile(list(seen.of_try_ms), 0.99),
        "latency_ms_p99_of_due": quantile(list(seen.of_due_ms), 0.99),
        "latency_ms_p99_of_due_first_try": quantile(first, 0.99),
        "refused": seen.refused,
        "refused_without_ticket": seen.without_ticket,
        "refused_and_placed_later": placed - len(first),
        "third_tries": more,
        "drained": placed - overload.accepted,
        "drained_s": round(seen.all_answered_at_s - seen.all_sent_at_s, 2),
        "not_placed": overload.offered - placed,
        "stored_but_not_confirmed": overload.stored - placed - before,
        "unexpected": seen.unexpected[:10],
    }
    return Result("overload", figures, _goals(figures))


def _server_cpu_s(load: _Load) -> float:
    return sum(spent for part, spent in load.cpu_s.items() if part != "crowd")


def _goals(figures: dict[str, Any]) -> tuple[Goal, ...]:
    return (
        Goal("orders per second of a burst", figures["burst_orders_per_s"]),
        Goal("orders per second that are sustained", figures["sustained_per_s"]),
        Goal("nobody sent away, 99 % within a second at that", int(figures["sustained"]), at_least=1),
        Goal("offered per second", figures["offered_per_s"]),
        Goal("99 % of first tries sent within ms of when due", figures["sent_late_ms_p99"]),
        Goal("accepted per second", figures["accepted_per_s"]),
        Goal("accepted, share of the best accepted", figures["accepted_share"], at_least=0.75),
        Goal("accepted per CPU-second left, share of the sustained", figures["cpu_share_after_refusals"], at_least=0.9),
        Goal("99 % of accepted within ms of their try", figures["latency_ms_p99_of_accepted_try"], at_most=1000),
        Goal("99 % of first tries within ms of when due", figures["latency_ms_p99_of_due_first_try"], at_most=1000),
        Goal("99 % of accepted within ms of when due, line included", figures["latency_ms_p99_of_due"]),
        Goal("refused for load", figures["refused"]),
        Goal("of these without a ticket", figures["refused_without_ticket"], at_most=0),
        Goal("of these refused again with it", figures["third_tries"], at_most=0),
        Goal("requests that were not placed in the end", figures["not_placed"], at_most=0),
        Goal("stored orders that nobody was told of", figures["stored_but_not_confirmed"], at_most=0),
        Goal("seconds until the line was empty", figures["drained_s"]),
    )
