"""The other textbook way: Redis counts the stock and queues the orders, a worker writes them to PostgreSQL in batches.

An order is confirmed once Redis has it. `python -m bench.baselines.redis_queue --help`.
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import threading
import time
from itertools import cycle
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import psycopg
import redis

from bench.baselines.redis_server import LOG_EVERY_SECOND, SNAPSHOTS, RedisServer, connect
from bench.baselines.shop import PRICE_MINOR, SKUS, UNITS, make_shop, order_id, wanted_skus

CONNECTIONS = 32
STARTS_IN_S = 5.0
WORKER_BATCH = 500
QUEUE = "orders"
SELL = """
if tonumber(redis.call('GET', KEYS[1])) < 1 then return 0 end
redis.call('DECR', KEYS[1])
redis.call('LPUSH', KEYS[2], ARGV[1])
return 1
"""
_PROCESSES = multiprocessing.get_context("spawn")


def buy(*, socket: str, client: int, starts_at: float, seconds: float) -> int:
    """Buy one after the other for so long, or until Redis is gone, and return how many orders were confirmed."""
    confirmed = 0
    connection = connect(Path(socket))
    sell = connection.register_script(SELL)
    wanted = cycle(wanted_skus(count=SKUS, seed=client))
    time.sleep(max(0.0, starts_at - time.time()))
    while time.time() < starts_at + seconds:
        sku, new_id = next(wanted), order_id(client=client, number=confirmed + 1)
        order = json.dumps({"id": new_id, "shopper": new_id, "sku": sku, "price_minor": PRICE_MINOR})
        try:
            sold = sell(keys=[f"stock:{sku}", QUEUE], args=[order])
        except redis.ConnectionError:
            break
        assert sold == 1, f"SKU {sku} is sold out"
        confirmed += 1
    return confirmed


def buy_in_threads(socket: str, clients: range, starts_at: float, seconds: float) -> dict[int, int]:
    """Buy with a thread for each client, and return how many orders each has a confirmation of."""
    confirmed: dict[int, int] = {}

    def run(client: int) -> None:
        confirmed[client] = buy(socket=socket, client=client, starts_at=starts_at, seconds=seconds)

    threads = [threading.Thread(target=run, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(confirmed) == len(clients), "a client failed; why stands above"
    return confirmed


def work(socket: str, dsn: str, stopping: Event) -> None:
    """Move orders from the queue into PostgreSQL until told to stop, also over a restart of Redis."""
    queue = connect(Path(socket))
    with psycopg.connect(dsn, autocommit=True) as connection:
        while not stopping.is_set():
            try:
                taken: Any = queue.rpop(QUEUE, WORKER_BATCH)
            except redis.ConnectionError:
                time.sleep(0.05)
                continue
            if taken:
                _store(connection, [json.loads(order) for order in taken])
            else:
                time.sleep(0.001)


def _store(connection: psycopg.Connection, orders: list[dict[str, int]]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy("COPY shop_order (id, shopper, total_minor) FROM STDIN") as copy:
            for order in orders:
                copy.write_row([order["id"], order["shopper"], order["price_minor"]])
        with cursor.copy("COPY order_line FROM STDIN") as copy:
            for order in orders:
                copy.write_row([order["id"], 1, order["sku"], 1, order["price_minor"]])


def measure(
    *, dsn: str, directory: Path, settings: tuple[str, ...], seconds: float, kill_at_s: float | None
) -> dict[str, Any]:
    """Sell for so many seconds; with `kill_at_s` Redis is killed then and started again on what it kept.

    Returns what was confirmed and stored, and how many of the confirmed are nowhere once the queue is empty.
    """
    make_shop(dsn=dsn)
    server = RedisServer(directory=directory, settings=settings)
    stopping = _PROCESSES.Event()
    worker = _PROCESSES.Process(target=work, args=[str(server.socket), dsn, stopping])
    try:
        server.start()
        server.client().mset({f"stock:{sku}": UNITS for sku in range(SKUS)})
        worker.start()
        confirmed, started = _sell(server, seconds, kill_at_s)
        while server.client().llen(QUEUE):
            time.sleep(0.01)
        stopping.set()
        worker.join()
        took_s = time.time() - started
    finally:
        stopping.set()
        server.kill()
        if worker.pid:
            worker.join()
    total = sum(confirmed.values())
    gone = total - _stored(dsn, confirmed)
    sold_s = kill_at_s or seconds
    return {
        "confirmed": total,
        "confirmed_per_s": round(total / sold_s),
        "stored_per_s": round((total - gone) / took_s),
        "gone": gone,
        "gone_share": round(gone / total, 4),
    }


def _sell(server: RedisServer, seconds: float, kill_at_s: float | None) -> tuple[dict[int, int], float]:
    processes = min(os.cpu_count() or 1, CONNECTIONS)
    starts_at = time.time() + STARTS_IN_S
    shares = [range(first, CONNECTIONS, processes) for first in range(processes)]
    with _PROCESSES.Pool(processes) as pool:
        selling = pool.starmap_async(
            buy_in_threads, [(str(server.socket), share, starts_at, seconds) for share in shares]
        )
        if kill_at_s is not None:
            time.sleep(max(0.0, starts_at + kill_at_s - time.time()))
            server.kill()
        confirmed = {client: count for share in selling.get() for client, count in share.items()}
    if kill_at_s is not None:
        server.start()
    return confirmed, starts_at


def _stored(dsn: str, confirmed: dict[int, int]) -> int:
    """How many of the confirmed orders are in the database; one that was never answered may be there too."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT id >> 32, id & 4294967295 FROM shop_order").fetchall()
    return sum(1 for client, number in rows if number <= confirmed[client])


def main() -> None:
    """Measure both ways of keeping Redis' data, with and without a kill, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True, help="a database to make tables in")
    parser.add_argument("--directory", type=Path, required=True, help="where Redis keeps its data meanwhile")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    found: dict[str, Any] = {"connections": CONNECTIONS, "skus": SKUS, "seconds": arguments.seconds}
    for name, settings in (("log_every_second", LOG_EVERY_SECOND), ("snapshots", SNAPSHOTS)):
        for kind, kill_at_s in (("", None), ("_killed", arguments.seconds / 2)):
            with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
                found[name + kind] = measure(
                    dsn=arguments.dsn,
                    directory=Path(directory),
                    settings=settings,
                    seconds=arguments.seconds,
                    kill_at_s=kill_at_s,
                )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
