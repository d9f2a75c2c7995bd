"""Payments at the pace of an opening: how many a second, what each costs, against the orders before them."""

from datetime import UTC, datetime, timedelta

from bench.records import Goal, Result
from bench.rush import cpu_ms_each
from bench.stage import running_stage
from bench.telling import say
from fairground.rehearsal.machine import CpuMeter
from fairground.rehearsal.requests import Expect
from fairground.rehearsal.run import ARRIVALS_SHARE


def run_payments(*, quick: bool) -> Result:
    """Place orders as fast as they are taken, then pay them from wallets as fast as that goes."""
    orders, seconds = (2000, 0.5) if quick else (40_000, 5.0)
    arrivals_s = seconds * ARRIVALS_SHARE
    with running_stage() as stage:
        plan = stage.planner(seed=12).plan(orders=orders, arrivals_s=arrivals_s)
        asks = [ask for ask in plan.asks if ask.expect is Expect.PLACED and ask.first is None]
        shopper_ids = stage.furnish(asks, wallets=True)
        stage.open_festival(datetime.now(UTC) - timedelta(seconds=1))
        with stage.crowd(shopper_ids) as crowd:
            placed = crowd.place(asks)
            meter = CpuMeter()
            paid = crowd.pay(arrivals_s=arrivals_s)
            cpu_s = meter.spent_s()
    orders_per_s, payments_per_s = placed.acknowledged / placed.seconds, paid.acknowledged / paid.seconds
    say(f"{orders_per_s:,.0f} orders and {payments_per_s:,.0f} payments a second")
    cpu_ms = cpu_ms_each(cpu_s, paid.acknowledged)
    share = round(payments_per_s / orders_per_s, 3)
    unexpected = len(placed.unexpected) + len(paid.unexpected)
    figures = {
        "orders": placed.acknowledged,
        "orders_per_s": round(orders_per_s),
        "payments": paid.acknowledged,
        "payments_per_s": round(payments_per_s),
        "payments_to_orders": share,
        "latency_ms_p50": paid.latency_ms(0.50),
        "latency_ms_p99": paid.latency_ms(0.99),
        "cpu_ms_per_payment": round(sum(cpu_ms.values()), 4),
        "cpu_ms_per_payment_by_part": cpu_ms,
        "unexpected": unexpected,
    }
    return Result(
        "payments",
        figures,
        (
            Goal("payments per second", round(payments_per_s)),
            Goal("payments to orders", share, at_least=0.7),
            Goal("CPU ms a payment, crowd included", round(sum(cpu_ms.values()), 4)),
            Goal("answers that should not be", unexpected, at_most=0),
        ),
    )
