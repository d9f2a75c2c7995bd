"""Balances of presales that open in one second: alone, and beside an opening at half its rate."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection

from bench.presales import Deposited, asks_for, declare_presales, open_balances, order_and_deposit
from bench.records import Goal, Result
from bench.rush import cpu_ms_each
from bench.stage import HOST, Stage, now_ms, running_stage
from bench.telling import say
from fairground.rehearsal.crowd import Call, Crowd
from fairground.rehearsal.machine import CpuMeter
from fairground.rehearsal.opening import CONNECTIONS
from fairground.rehearsal.requests import Ask, Expect, RequestWriter, new_key
from fairground.rehearsal.run import ARRIVALS_SHARE

ALONE_S, BESIDE_S = 15.0, 40.0
# The opening as it must be borne has 80,000 orders in 11 s (`opening`); at half its rate they come in 22.
OPENING_S = 22.0
COUNTRY, MARKET = "DE", "EU"


@dataclass(slots=True)
class Seen:
    """What became of one kind of requests: how many were done, when the last one was, and how long they took."""

    done: int = 0
    last_s: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def note(self, call: Call) -> None:
        """Write down a final answer."""
        if call.status >= 300:
            self.unexpected.append(f"{call.status} {call.body.decode()[:200]}")
            return
        self.done += 1
        self.last_s = max(self.last_s, call.due_s + call.latency_ms / 1000)
        self.latencies_ms.append(call.latency_ms)

    def latency_ms(self, share: float) -> float:
        """Return the latency below which this share stayed."""
        ordered = sorted(self.latencies_ms)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0


def run_balances(*, quick: bool) -> Result:
    """Pay balances as fast as they are taken, alone and while an opening goes on."""
    count, orders, shrink = (1000, 800, 10) if quick else (100_000, 80_000, 1)
    with running_stage() as stage:
        presales = declare_presales(stage)
        asks = asks_for(presales, count=2 * count, country=COUNTRY, market=MARKET)
        shopper_ids = stage.furnish(asks, wallets=True)
        waiting = order_and_deposit(stage, asks, shopper_ids)
        plan = stage.planner(seed=21).plan(orders=orders, arrivals_s=OPENING_S / shrink)
        wanted = [ask for ask in plan.asks if ask.expect is Expect.PLACED and ask.first is None]
        buyers = stage.furnish(wanted)
        stage.open_festival(datetime.now(UTC) - timedelta(seconds=1))
        open_balances()
        meter = CpuMeter()
        alone, _ = _round(stage, waiting[:count], shopper_ids, [], [], seconds=ALONE_S / shrink)
        cpu_ms = cpu_ms_each(meter.spent_s(), alone.done)
        beside, placed = _round(stage, waiting[count:], shopper_ids, wanted, buyers, seconds=BESIDE_S / shrink)
    say(
        f"{alone.done:,} balances in {alone.last_s:.2f} s alone, in {beside.last_s:.2f} s beside {placed.done:,} orders"
    )
    unexpected = [*alone.unexpected, *beside.unexpected, *placed.unexpected]
    for one in unexpected[:5]:
        say(one)
    figures = {
        "balances": alone.done,
        "alone_s": round(alone.last_s, 3),
        "alone_per_s": round(alone.done / alone.last_s),
        "alone_latency_ms_p99": alone.latency_ms(0.99),
        "cpu_ms_per_balance_by_part": cpu_ms,
        "beside_s": round(beside.last_s, 3),
        "beside_latency_ms_p99": beside.latency_ms(0.99),
        "orders_beside": placed.done,
        "orders_beside_s": round(placed.last_s, 3),
        "unexpected": len(unexpected),
    }
    return Result(
        "balances",
        figures,
        (
            Goal("seconds for all balances, alone", round(alone.last_s, 2), at_most=ALONE_S / shrink),
            Goal("balances per second, alone", round(alone.done / alone.last_s)),
            Goal("seconds for all balances, beside an opening at half rate", round(beside.last_s, 2), at_most=BESIDE_S),
            Goal("seconds for that opening's orders", round(placed.last_s, 2)),
            Goal("CPU ms a balance, crowd included", round(sum(cpu_ms.values()), 4)),
            Goal("answers that should not be", len(unexpected), at_most=0),
        ),
    )


def _round(
    stage: Stage,
    waiting: Sequence[Deposited],
    payers: list[int],
    wanted: Sequence[Ask],
    buyers: list[int],
    *,
    seconds: float,
) -> tuple[Seen, Seen]:
    """Send the balances, and the orders of an opening with them; moments count from the first of both."""
    moment_ms, balances, orders = now_ms(), Seen(), Seen()
    arrivals_s = seconds * ARRIVALS_SHARE
    pays, buys = stage.writer(payers), stage.writer(buyers)
    meaning: dict[int, Callable[[Call], None]] = {}
    calls: list[Call] = []
    for number, one in enumerate(waiting):
        call = Call(number * arrivals_s / len(waiting), _payment(pays, one, moment_ms))
        meaning[id(call)] = balances.note
        calls.append(call)
    for ask in wanted:
        call = Call(ask.due_s, buys.place(ask, key=new_key(moment_ms)))
        meaning[id(call)] = orders.note
        calls.append(call)
    crowd = Crowd(
        HOST,
        stage.port,
        lambda call: meaning[id(call)](call),
        connections=min(CONNECTIONS, max(16, len(calls))),
        give_up_after_s=4 * BESIDE_S,
    )
    connection.close()
    started = time.perf_counter()
    crowd.run(calls)
    for seen, sent in ((balances, len(waiting)), (orders, len(wanted))):
        missing = sent - seen.done - len(seen.unexpected)
        if missing:
            seen.unexpected.append(f"{missing} requests have no answer after {time.perf_counter() - started:.0f} s")
    return balances, orders


def _payment(writer: RequestWriter, one: Deposited, moment_ms: int) -> bytes:
    return writer.pay(
        purchase_id=str(one.purchase_id),
        shopper=one.shopper,
        amount_minor=one.balance_minor,
        currency=one.currency,
        key=new_key(moment_ms),
    )
