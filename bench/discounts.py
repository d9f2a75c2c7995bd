"""The opening second where a third of the orders carry a discount: limits, coupons and thresholds across shops."""

from bench.records import Goal, Result
from bench.rehearsals import rehearse

DISCOUNTED_PERCENT = 33
_KEPT = (
    "ok", "orders_placed", "orders_discounted", "discount_minor_by_currency", "seconds", "orders_per_s",
    "latency_ms_p50", "latency_ms_p95", "latency_ms_p99", "second_tries", "cpu_ms_per_order",
    "cpu_ms_per_order_by_part", "limit_orders_per_s", "payments", "payments_per_s", "rows_verified",
)  # fmt: skip


def run_discounts(*, quick: bool) -> Result:
    """Rehearse the opening as it must be borne, with discounts, and check that none was wrong."""
    orders, seconds = (2_000, 1.0) if quick else (80_000, 11.0)
    (report,) = rehearse(orders=orders, seconds=seconds, times=1, discounted=DISCOUNTED_PERCENT)
    discounted = round(orders * DISCOUNTED_PERCENT / 100)
    return Result(
        "discounts",
        {key: report[key] for key in _KEPT},
        (
            Goal(f"seconds for all orders, {DISCOUNTED_PERCENT} % with a discount", report["seconds"], at_most=seconds),
            Goal("orders with a discount", report["orders_discounted"], at_least=discounted),
            Goal("orders per second", report["orders_per_s"]),
            Goal("half of the orders answered within, ms", report["latency_ms_p50"]),
            Goal("99 % of the orders answered within, ms", report["latency_ms_p99"]),
            Goal("CPU ms an order, crowd included", report["cpu_ms_per_order"]),
            Goal("answers and checks that are wrong", sum(1 for one in report["checks"] if not one["ok"]), at_most=0),
        ),
    )
