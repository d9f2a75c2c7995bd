"""The textbook ways beside Fairground: same machine, same cluster, same run."""

import json
import shutil
import subprocess
import sys
from typing import Any

from bench.records import Goal, Result
from bench.rehearsals import best, rehearse
from bench.stage import HOME
from bench.telling import say
from fairground.config.cluster.embedded import Cluster

DATABASE = "baselines"


def run_baselines(*, quick: bool) -> Result:
    """Rehearse an opening, then run each baseline in a database of its own; without redis-server one is left out."""
    orders, rehearsed_s, seconds = (2000, 0.5, 2.0) if quick else (80_000, 11.0, 10.0)
    top = best(rehearse(orders=orders, seconds=rehearsed_s, times=1))
    cluster = Cluster(HOME)
    cluster.drop_database(DATABASE)
    cluster.ensure_database(DATABASE)
    try:
        row_lock = _run("row_lock", cluster, seconds)
        redis_queue = None
        if shutil.which("redis-server"):
            redis_queue = _run("redis_queue", cluster, seconds, "--directory", str(HOME.path))
        else:
            say("no redis-server on this machine: the Redis baseline is left out (apt-get install redis-server)")
    finally:
        cluster.drop_database(DATABASE)
    return _result(top, row_lock, redis_queue)


def _run(name: str, cluster: Cluster, seconds: float, *more: str) -> dict[str, Any]:
    say(f"baseline {name}, {seconds:g} s each")
    argv = ["-m", f"bench.baselines.{name}", "--dsn", cluster.dsn(DATABASE), "--seconds", str(seconds), *more]
    done = subprocess.run([sys.executable, *argv], stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _result(top: dict[str, Any], row_lock: dict[str, Any], redis_queue: dict[str, Any] | None) -> Result:
    per_s = top["orders_per_s"]
    rates = {
        "a row lock an order, no HTTP": row_lock["zipf_orders_per_s"],
        "the same, one hot SKU, no HTTP": row_lock["one_hot_sku_orders_per_s"],
    }
    goals = []
    if redis_queue:
        rates["Redis and a worker, no HTTP, confirmed"] = redis_queue["log_every_second"]["confirmed_per_s"]
        rates["Redis and a worker, no HTTP, stored"] = redis_queue["log_every_second"]["stored_per_s"]
        for name, words in (("log_every_second", "log every second"), ("snapshots", "as Redis comes")):
            goals.append(Goal(f"share gone after kill -9, {words}", redis_queue[f"{name}_killed"]["gone_share"]))
    times = {name: round(per_s / rate, 1) for name, rate in rates.items()}
    figures = {"orders_per_s": per_s, "row_lock": row_lock, "redis_queue": redis_queue, "times_as_fast": times}
    goals = [
        Goal("orders per second, Fairground over HTTP", per_s),
        *(Goal(f"orders per second, {name} (Fairground: {times[name]:g} times)", rate) for name, rate in rates.items()),
        *goals,
    ]
    return Result("baselines", figures, tuple(goals))
