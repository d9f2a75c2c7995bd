"""One order at a time while nothing else happens: what a shopper waits for who buys on an ordinary afternoon."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

from bench.records import Goal, Result
from bench.stage import HOST, now_ms, running_stage
from fairground.rehearsal.requests import Expect, new_key

# The shop has gone to sleep again before the next one comes.
PAUSE_S = 0.02
WARM_UP_ORDERS = 20


def run_idle(*, quick: bool) -> Result:
    """Send orders on one open connection, each after the answer to the one before, and measure each."""
    orders = 50 if quick else 500
    with running_stage() as stage:
        plan = stage.planner(seed=13).plan(orders=2 * (orders + WARM_UP_ORDERS), arrivals_s=1.0)
        good = [ask for ask in plan.asks if ask.expect is Expect.PLACED and ask.first is None]
        asks = good[: orders + WARM_UP_ORDERS]
        writer = stage.writer(stage.furnish(asks))
        stage.open_festival(datetime.now(UTC) - timedelta(seconds=1))
        # A process with its autovacuum, checkpoint and sweeps of the beginning behind it.
        time.sleep(1.0 if quick else 5.0)
        with _connection(stage.port) as sock:
            taken = [_ask_ms(sock, writer.place(ask, key=new_key(now_ms()))) for ask in asks][WARM_UP_ORDERS:]
    p99 = quantiles(taken, n=100)[98]
    figures = {
        "orders": len(taken),
        "latency_ms_p50": round(median(taken), 2),
        "latency_ms_p99": round(p99, 2),
        "latency_ms_max": round(max(taken), 2),
    }
    return Result(
        "idle",
        figures,
        (
            Goal("half of the orders within ms", round(median(taken), 2), at_most=15),
            Goal("99 % of the orders within ms", round(p99, 2)),
        ),
    )


@contextmanager
def _connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, port), timeout=30) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sock


def _ask_ms(sock: socket.socket, request: bytes) -> float:
    """Send one order and return the milliseconds until its whole answer is here."""
    time.sleep(PAUSE_S)
    started = time.perf_counter()
    sock.sendall(request)
    answer = b""
    while not answer.endswith(b"}"):
        received = sock.recv(65536)
        assert received, "the shop hung up"
        answer += received
    taken_ms = (time.perf_counter() - started) * 1000
    assert answer.startswith(b"HTTP/1.1 201"), answer[:300]
    return taken_ms
