"""People open the front page, one every so often: `page_visitor.py PORT EVERY_S`, until standard input closes.

Writes `ready` once the page is warm, and at the end one JSON list of [milliseconds, HTTP status]. Nobody waits for
the one before, and each has a connection of their own.
"""

import http.client
import json
import select
import sys
import threading
import time

# Enough for the kernel to have led somebody to every process of the shop.
WARM_UP_VISITS = 20


def visit(*, port: int) -> tuple[float, int]:
    """Open the page and return the milliseconds that took, and the status."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return (time.perf_counter() - started) * 1000, answer.status


def keep_visiting(*, port: int, every_s: float) -> list[tuple[float, int]]:
    """Send somebody every so many seconds until standard input closes, and return what each saw."""
    for _ in range(WARM_UP_VISITS):
        visit(port=port)
    print("ready", flush=True)
    seen: list[tuple[float, int]] = []
    visitors: list[threading.Thread] = []
    due = time.perf_counter()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.perf_counter()))[0]:
        visitors.append(threading.Thread(target=lambda: seen.append(visit(port=port))))
        visitors[-1].start()
        due += every_s
    for visitor in visitors:
        visitor.join()
    assert len(seen) == len(visitors), "a visit failed; why stands above"
    return seen


if __name__ == "__main__":
    print(json.dumps(keep_visiting(port=int(sys.argv[1]), every_s=float(sys.argv[2]))))
