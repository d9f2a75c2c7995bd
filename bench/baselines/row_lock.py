"""The textbook way: a transaction an order that locks its stock row. `python -m bench.baselines.row_lock --help`."""

import argparse
import json
import multiprocessing
import os
import threading
import time
from itertools import cycle

import psycopg

from bench.baselines.shop import PRICE_MINOR, SKUS, make_shop, order_id, wanted_skus

CONNECTIONS = 32
# Everybody is connected by then.
STARTS_IN_S = 5.0


def place(connection: psycopg.Connection, *, sku: int, new_id: int) -> None:
    """Sell one unit: lock the stock row, look, take, write order and line, commit."""
    with connection.transaction():
        found = connection.execute("SELECT units FROM stock WHERE sku = %s FOR UPDATE", [sku]).fetchone()
        assert found is not None, sku
        if found[0] < 1:
            raise RuntimeError(f"SKU {sku} is sold out")
        connection.execute("UPDATE stock SET units = units - 1 WHERE sku = %s", [sku])
        connection.execute(
            "INSERT INTO shop_order (id, shopper, total_minor) VALUES (%s, %s, %s)", [new_id, new_id, PRICE_MINOR]
        )
        connection.execute("INSERT INTO order_line VALUES (%s, 1, %s, 1, %s)", [new_id, sku, PRICE_MINOR])


def buy(*, dsn: str, client: int, skus: int, starts_at: float, seconds: float) -> int:
    """Buy one after the other for so long, and return how many orders were placed."""
    placed = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        wanted = cycle(wanted_skus(count=skus, seed=client))
        time.sleep(max(0.0, starts_at - time.time()))
        while time.time() < starts_at + seconds:
            placed += 1
            place(connection, sku=next(wanted), new_id=order_id(client=client, number=placed))
    return placed


def buy_in_threads(dsn: str, clients: range, skus: int, starts_at: float, seconds: float) -> int:
    """Buy with a thread for each client, and return how many orders were placed."""
    placed: dict[int, int] = {}

    def run(client: int) -> None:
        placed[client] = buy(dsn=dsn, client=client, skus=skus, starts_at=starts_at, seconds=seconds)

    threads = [threading.Thread(target=run, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(placed) == len(clients), "a client failed; why stands above"
    return sum(placed.values())


def orders_per_s(*, dsn: str, skus: int, seconds: float) -> float:
    """Return how many orders a second 32 connections place, threads of one process a core."""
    make_shop(dsn=dsn)
    processes = min(os.cpu_count() or 1, CONNECTIONS)
    starts_at = time.time() + STARTS_IN_S
    shares = [range(first, CONNECTIONS, processes) for first in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        placed = sum(pool.starmap(buy_in_threads, [(dsn, share, skus, starts_at, seconds) for share in shares]))
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*) FROM shop_order").fetchone()
    assert found == (placed,), f"{placed} placed, {found} stored"
    return placed / seconds


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True, help="a database to make tables in")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    rates = {
        name: round(orders_per_s(dsn=arguments.dsn, skus=skus, seconds=arguments.seconds))
        for name, skus in (("zipf_orders_per_s", SKUS), ("one_hot_sku_orders_per_s", 1))
    }
    print(json.dumps({"connections": CONNECTIONS, "skus": SKUS, "seconds": arguments.seconds, **rates}))


if __name__ == "__main__":
    main()
