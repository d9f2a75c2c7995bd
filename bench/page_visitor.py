"""Somebody opens the front page again and again: `page_visitor.py PORT EVERY_S`, until standard input closes.

Writes `ready`, and at the end one JSON list of milliseconds. Each visit is a connection of its own, and its time counts
from when it was due, so a page that hangs can't hide the visits that would have come meanwhile.
"""

import http.client
import json
import select
import sys
import time


def visit(*, port: int, every_s: float) -> list[float]:
    """Visit until standard input closes, and return how long each visit took, in milliseconds."""
    taken_ms: list[float] = []
    print("ready", flush=True)
    due = time.perf_counter()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.perf_counter()))[0]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status == http.HTTPStatus.OK, answer.status
        taken_ms.append((time.perf_counter() - due) * 1000)
        due += every_s
    return taken_ms


if __name__ == "__main__":
    print(json.dumps(visit(port=int(sys.argv[1]), every_s=float(sys.argv[2]))))
