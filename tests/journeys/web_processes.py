"""Web processes as `fairground up` starts them, on the tests' database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg.conninfo import make_conninfo

from tests.journeys.wire_http import exchange, http_request

PATIENCE_S = 60.0


@contextmanager
def web_processes(count: int) -> Iterator[list[int]]:
    """Start so many, each on a port of its own, and wait until their doors are open."""
    settings = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    database = make_conninfo("", **{name: settings[key] for name, key in names.items() if settings.get(key)})
    ports = [free_port() for _ in range(count)]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "fairground", "web", "--port", str(port)],
            env={**os.environ, "DATABASE_URL": database, "FAIRGROUND_REALM": "real"},
        )
        for port in ports
    ]
    try:
        for port in ports:
            wait_for_door(port)
        yield ports
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(PATIENCE_S)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def wait_for_door(port: int) -> None:
    """Ask how the line stands until somebody answers."""
    ask = http_request(method="GET", path="/v1/line", headers={"Host": f"127.0.0.1:{port}"})
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            assert exchange(port, ask).status == 200
        except (ConnectionError, AssertionError):
            assert time.monotonic() < give_up_at, "the web process did not open its door"
            time.sleep(0.05)
        else:
            return
